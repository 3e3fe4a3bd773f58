// What the paper reports on the DARTS space: Table 2 (CIFAR-10) and Table 3 (ImageNet).
import { type PublishedNumber, type PublishedTable, published, type Trust } from './publishedNumber.js';

const PAPER = 'DrNAS, ICLR 2021 (arXiv 2006.10355 v4)';

/** Cells of a row in the columns' order; `-` where the paper prints a dash. `trusts` a column, the last one for the rest. */
function row(
  columns: readonly string[],
  numbers: string,
  ...trusts: Trust[]
): Record<string, PublishedNumber> {
  const texts = numbers.split(' ');
  if (texts.length !== columns.length) {
    throw new Error(`a row needs ${columns.length} cells (${columns.join(', ')}), got ${numbers}`);
  }
  return Object.fromEntries(
    texts.flatMap((text, i) =>
      text === '-' ? [] : [[columns[i], published(text, trusts[Math.min(i, trusts.length - 1)])]],
    ),
  );
}

const COLUMNS_2 = {
  error: 'CIFAR-10 test error, %',
  params: 'Parameters, M',
  cost: 'Search cost, GPU days',
} as const;

const row2 = (numbers: string, ...trusts: Trust[]) => row(Object.keys(COLUMNS_2), numbers, ...trusts);

/** Table 2: CIFAR-10, networks trained from scratch. */
export const TABLE_2: PublishedTable = {
  id: 'table2',
  title: 'CIFAR-10, DARTS space: test error of the found network, trained from scratch',
  source:
    `${PAPER}, Table 2. Rows ENAS, DARTS (2nd order), SNAS, PC-DARTS and DrNAS: README of ` +
    'github.com/xiangning-chen/DrNAS. All other rows are recalled and not checked.',
  columns: COLUMNS_2,
  notes: {
    'DenseNet-BC': 'trained without cutout',
    PNAS: 'trained without cutout',
    ProxylessNAS: 'another space (PyramidNet backbone)',
    'DrNAS without progressive learning':
      'searched on a proxy of 8 cells and 16 channels; its genotype is not published',
  },
  rows: {
    'DenseNet-BC': row2('3.46 25.6 -', 'MEM-h'),
    'NASNet-A': row2('2.65 3.3 2000', 'MEM-h'),
    'AmoebaNet-A': row2('3.34+-0.06 3.2 3150', 'MEM-h'),
    'AmoebaNet-B': row2('2.55+-0.05 2.8 3150', 'MEM-h'),
    PNAS: row2('3.41+-0.09 3.2 225', 'MEM-h'),
    ENAS: row2('2.89 4.6 0.5', 'README'),
    'DARTS (1st order)': row2('3.00+-0.14 3.3 0.4', 'MEM-h'),
    'DARTS (2nd order)': row2('2.76+-0.09 3.3 1.0', 'README'),
    'SNAS (moderate)': row2('2.85+-0.02 2.8 1.5', 'README'),
    GDAS: row2('2.93 3.4 0.3', 'MEM-h'),
    BayesNAS: row2('2.81+-0.04 3.4 0.2', 'MEM-h'),
    ProxylessNAS: row2('2.08 5.7 4.0', 'MEM-h'),
    PARSEC: row2('2.81+-0.03 3.7 1.0', 'MEM-m'),
    'P-DARTS': row2('2.50 3.4 0.3', 'MEM-h'),
    'PC-DARTS': row2('2.57+-0.07 3.6 0.1', 'README'),
    'SDARTS-ADV': row2('2.61+-0.02 3.3 1.3', 'MEM-h'),
    'GAEA + PC-DARTS': row2('2.50+-0.06 3.7 0.1', 'MEM-h'),
    'DrNAS without progressive learning': row2('2.54+-0.03 4.0 0.4', 'MEM-h'),
    DrNAS: row2('2.46+-0.03 4.1 0.6', 'README'),
  },
};

const COLUMNS_3 = {
  'top-1': 'ImageNet top-1 error, %',
  'top-5': 'ImageNet top-5 error, %',
  params: 'Parameters, M',
  cost: 'Search cost, GPU days',
} as const;

const row3 = (numbers: string, ...trusts: Trust[]) => row(Object.keys(COLUMNS_3), numbers, ...trusts);

/** The README gives top-1, parameters and cost, and no top-5. */
const readme3 = (numbers: string) => row3(numbers, 'README', 'MEM-h', 'README', 'README');

/** Table 3: ImageNet in the mobile setting. */
export const TABLE_3: PublishedTable = {
  id: 'table3',
  title: 'ImageNet, mobile setting: error of the found network, trained from scratch',
  source:
    `${PAPER}, Table 3. Top-1, parameters and cost of DARTS (2nd order), SNAS, DSNAS, PC-DARTS (ImageNet) and DrNAS: ` +
    'README of github.com/xiangning-chen/DrNAS. All others, and every top-5 error, are recalled and not checked.',
  columns: COLUMNS_3,
  notes: {
    DSNAS: 'searched on ImageNet itself',
    'ProxylessNAS (GPU)': 'searched on ImageNet itself',
    'PC-DARTS (ImageNet)': 'searched on ImageNet itself',
    'GAEA + PC-DARTS': 'searched on ImageNet itself',
    'DrNAS without progressive learning':
      'searched on ImageNet itself, on a proxy of 8 cells and 16 channels; its genotype is not published',
    DrNAS:
      'searched on ImageNet itself; the genotype counts 624 M multiply-adds, above the mobile setting’s 600 M',
  },
  rows: {
    'Inception-v1': row3('30.1 10.1 6.6 -', 'MEM-h'),
    MobileNet: row3('29.4 10.5 4.2 -', 'MEM-h'),
    'ShuffleNet 2x (v1)': row3('26.4 10.2 ~5 -', 'MEM-m'),
    'ShuffleNet 2x (v2)': row3('25.1 7.6 ~5 -', 'MEM-m', 'MEM-l', 'MEM-m'),
    'NASNet-A': row3('26.0 8.4 5.3 2000', 'MEM-h'),
    'AmoebaNet-C': row3('24.3 7.6 6.4 3150', 'MEM-h'),
    PNAS: row3('25.8 8.1 5.1 225', 'MEM-h'),
    'MnasNet-92': row3('25.2 8.0 4.4 -', 'MEM-h'),
    'DARTS (2nd order)': readme3('26.7 8.7 4.7 1.0'),
    'SNAS (mild)': readme3('27.3 9.2 4.3 1.5'),
    GDAS: row3('26.0 8.5 5.3 0.3', 'MEM-h'),
    BayesNAS: row3('26.5 8.9 3.9 0.2', 'MEM-h'),
    DSNAS: readme3('25.7 8.1 - -'),
    'ProxylessNAS (GPU)': row3('24.9 7.5 7.1 8.3', 'MEM-h'),
    'P-DARTS (CIFAR-10)': row3('24.4 7.4 4.9 0.3', 'MEM-h'),
    'P-DARTS (CIFAR-100)': row3('24.7 7.5 5.1 0.3', 'MEM-h'),
    'PC-DARTS (CIFAR-10)': row3('25.1 7.8 5.3 0.1', 'MEM-h'),
    'PC-DARTS (ImageNet)': readme3('24.2 7.3 5.3 3.8'),
    'GAEA + PC-DARTS': row3('24.0 7.3 5.6 3.8', 'MEM-h'),
    'DrNAS without progressive learning': row3('24.2 7.3 5.2 3.9', 'MEM-h'),
    DrNAS: readme3('23.7 7.1 5.7 4.6'),
  },
};
