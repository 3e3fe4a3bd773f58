// The parameters that Tables 2 and 3 print, counted on the published genotypes: exact, no training needed.
import { networkCost } from '../spaces/darts/cost.js';
import { CIFAR_SHAPE, IMAGENET_SHAPE } from '../spaces/darts/networkShape.js';
import { PUBLISHED } from '../spaces/darts/published.js';
import type { MeasuredResult } from './measured.js';

/** Rows of the tables whose genotype is in the authors' file, by its name there. */
const COUNTED = {
  table2: {
    'NASNet-A': 'NASNet',
    'AmoebaNet-A': 'AmoebaNet',
    'DARTS (1st order)': 'DARTS_V1',
    'DARTS (2nd order)': 'DARTS_V2',
    'PC-DARTS': 'PC_DARTS_cifar',
    DrNAS: 'DrNAS_cifar10',
  },
  table3: {
    'NASNet-A': 'NASNet',
    'DARTS (2nd order)': 'DARTS_V2',
    'PC-DARTS (CIFAR-10)': 'PC_DARTS_cifar',
    'PC-DARTS (ImageNet)': 'PC_DARTS_image',
    DrNAS: 'DrNAS_imagenet',
  },
} as const;

const SETTINGS = {
  table2: { shape: CIFAR_SHAPE, text: '36 channels, 20 cells, 10 classes, without auxiliary head' },
  table3: { shape: IMAGENET_SHAPE, text: '48 channels, 14 cells, 1000 classes, without auxiliary head' },
} as const;

/** One result for each row whose genotype is published. */
export function countResults(): MeasuredResult[] {
  return (Object.keys(COUNTED) as (keyof typeof COUNTED)[]).flatMap((table) =>
    Object.entries(COUNTED[table]).map(([row, name]): MeasuredResult => {
      const found = PUBLISHED.find((published) => published.name === name);
      if (!found) throw new Error(`there is no published genotype ${name}`);
      const { shape, text } = SETTINGS[table];
      const { parameters, multiplyAdds } = networkCost(found.genotype, shape);
      return {
        exhibit: `${table}/${row}/params`,
        values: [parameters / 1e6],
        scale: 'exact',
        dataset: 'none',
        cost: 'none: counted',
        settings: `${name} in the authors’ file; ${text}`,
        note: `${(parameters / 1e6).toFixed(6)} M parameters, ${(multiplyAdds / 1e6).toFixed(1)} M multiply-adds`,
      };
    }),
  );
}
