// Every exhibit of the paper with all its cells and claims: the list against which everything measured is held.
import {
  PUBLISHED_FIGURES,
  PUBLISHED_TABLES,
  type PublishedFigure,
  type PublishedTable,
} from '../experiments/published.js';
import type { PublishedNumber, Trust } from '../experiments/publishedNumber.js';

export interface ExhibitItem {
  /** `table4/DrNAS/cifar10 test`, `hessian/DARTS grows`. */
  id: string;
  /** What it is, for a reader, with its unit: `DrNAS: CIFAR-10 test accuracy, %`. */
  label: string;
  /** In a table: its row and column. */
  row?: string;
  column?: string;
  /** A number, or a claim that holds or does not. */
  published?: PublishedNumber;
  claim?: string;
  trust: Trust;
  /** Why it has no measured value, as long as it has none. */
  notRun: string;
}

export interface Exhibit {
  id: string;
  /** As a reader names it. The paper's numbers of its figures are not certain, so figures have none. */
  name: string;
  kind: 'table' | 'figure' | 'statement';
  title: string;
  /** Where its numbers were read. */
  source: string;
  /** The notebook that makes it, by number. */
  notebook: string;
  /** What measures it, and its cost at the paper's scale. */
  run: string;
  cost: string;
  /** Tables: what the columns hold; what is special about rows. */
  columns?: Record<string, string>;
  notes?: Record<string, string>;
  items: ExhibitItem[];
}

/** How an exhibit is measured, and why what has no value has none. */
interface Plan {
  notebook: string;
  run: string;
  cost: string;
  /** By the row's name or the claim's id; `otherwise` for the rest. */
  notRun: Record<string, string> & { otherwise: string };
}

const QUOTED =
  'the paper quotes this number from another one; the kit has neither that method nor its network';
const EVALUATION = 'training its network from scratch takes a GPU days; laptop scale: npx drnas evaluate';
const NO_CELLS = 'the published cell is drawn; no search at the paper’s scale has been run to find it again';
const NO_GPU_DAYS = 'the paper’s cost is of its GPU; the kit’s own costs stand beside its measured values';

const PLANS: Record<string, Plan> = {
  table1: {
    notebook: '04',
    run: 'npx drnas search --k 2; npx drnas search --progressive nasbench201-laptop; npx drnas memory --k 1,2,4,8',
    cost: 'about 2.5 days a search at k = 1 on a CPU of 20 GMAC/s',
    notRun: { otherwise: 'no search of this row has been stored yet' },
  },
  table2: {
    notebook: '07 and 08',
    run: 'npx drnas evaluate --genotype DrNAS_cifar10 --scale paper; npx drnas search --space darts --scale paper',
    cost: 'search 0.6 GPU days, training 600 epochs: about 33 days on a CPU of 20 GMAC/s',
    notRun: {
      DrNAS: EVALUATION,
      'DARTS (1st order)': EVALUATION,
      'DARTS (2nd order)': EVALUATION,
      'PC-DARTS': EVALUATION,
      'NASNet-A': EVALUATION,
      'AmoebaNet-A': EVALUATION,
      'DrNAS without progressive learning': 'its genotype is not published, and the search has not been run',
      otherwise: QUOTED,
    },
  },
  table3: {
    notebook: '09',
    run: 'npx drnas evaluate --genotype DrNAS_imagenet --recipe imagenet --scale paper',
    cost: 'search 4.6 GPU days, training 250 epochs: about a year on a CPU of 20 GMAC/s',
    notRun: {
      DrNAS: EVALUATION,
      'DARTS (2nd order)': EVALUATION,
      'PC-DARTS (CIFAR-10)': EVALUATION,
      'PC-DARTS (ImageNet)': EVALUATION,
      'NASNet-A': EVALUATION,
      'DrNAS without progressive learning': 'its genotype is not published, and the search has not been run',
      otherwise: QUOTED,
    },
  },
  table4: {
    notebook: '02',
    run: 'npx drnas study run table4; npm run reproduce -- --only 02',
    cost: 'about 2.5 days a search on a CPU of 20 GMAC/s',
    notRun: {
      DrNAS: 'no search on this data set has been stored yet',
      otherwise: 'no run of this method has been stored yet',
    },
  },
  table5: {
    notebook: '05',
    run: 'npx drnas study run lambda',
    cost: 'about 2.5 days a search on a CPU of 20 GMAC/s',
    notRun: { otherwise: 'no search with this lambda has been stored yet' },
  },
  trajectory: {
    notebook: '03',
    run: 'npx drnas study run trajectory',
    cost: 'that of a search for each data set',
    notRun: { otherwise: 'no three seeds of this data set have been stored with their bands yet' },
  },
  'cells-cifar10': {
    notebook: '07',
    run: 'npx drnas genotype DrNAS_cifar10 --draw figures/cells/DrNAS_cifar10',
    cost: 'drawing: none; finding them again: a search of Table 2',
    notRun: { otherwise: NO_CELLS },
  },
  'cells-imagenet': {
    notebook: '09',
    run: 'npx drnas genotype DrNAS_imagenet --draw figures/cells/DrNAS_imagenet',
    cost: 'drawing: none; finding them again: a search of Table 3',
    notRun: { otherwise: NO_CELLS },
  },
  hessian: {
    notebook: '10',
    run: 'npx drnas study run hessian',
    cost: 'about 75 gradients for each Hessian beside the search',
    notRun: { otherwise: 'no search with the Hessian’s eigenvalues has been stored yet' },
  },
  method: {
    notebook: '01',
    run: 'npm run reproduce -- --only 01',
    cost: 'seconds',
    notRun: { otherwise: 'notebook 01 has not been run' },
  },
};

const reason = ({ notRun }: Plan, key: string): string => notRun[key] ?? notRun.otherwise;

function tableExhibit(table: PublishedTable): Exhibit {
  const { id, title, source, columns, rows, notes } = table;
  const plan = PLANS[id];
  const items = Object.entries(rows).flatMap(([row, cells]) =>
    Object.entries(cells).map(
      ([column, number]): ExhibitItem => ({
        ...{ id: `${id}/${row}/${column}`, label: `${row}: ${columns[column]}`, row, column },
        ...{ published: number, trust: number.trust },
        notRun: column === 'cost' ? NO_GPU_DAYS : reason(plan, row),
      }),
    ),
  );
  const { notebook, run, cost } = plan;
  const name = `Table ${id.slice('table'.length)}`;
  return { id, name, kind: 'table', title, source, notebook, run, cost, columns, notes, items };
}

function figureExhibit({ id, title, source, claims, numbers = {} }: PublishedFigure): Exhibit {
  const plan = PLANS[id];
  const items: ExhibitItem[] = [
    ...Object.entries(numbers).map(([name, { unit, value }]) => ({
      ...{ id: `${id}/${name}`, label: unit, published: value, trust: value.trust },
      notRun: reason(plan, name),
    })),
    ...claims.map(({ id: name, text, trust }) => ({
      ...{ id: `${id}/${name}`, label: text, claim: text, trust },
      notRun: reason(plan, name),
    })),
  ];
  const kind = id === 'method' ? 'statement' : 'figure';
  const { notebook, run, cost } = plan;
  return {
    id,
    name: kind === 'figure' ? 'Figure' : 'Statements',
    kind,
    title,
    source,
    notebook,
    run,
    cost,
    items,
  };
}

/** Tables 1 to 5, then the figures and the statements. */
export const EXHIBITS: readonly Exhibit[] = [
  ...PUBLISHED_TABLES.map(tableExhibit),
  ...PUBLISHED_FIGURES.map(figureExhibit),
];

/** Every item by its id. */
export const allItems = (): Map<string, ExhibitItem> =>
  new Map(EXHIBITS.flatMap(({ items }) => items.map((item) => [item.id, item] as const)));
