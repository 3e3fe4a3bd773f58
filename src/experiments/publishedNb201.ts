// What the paper reports on NAS-Bench-201: Tables 1, 4 and 5, and the one cell behind its headline row.
import { type PublishedNumber, type PublishedTable, published, type Trust } from './publishedNumber.js';

const PAPER = 'DrNAS, ICLR 2021 (arXiv 2006.10355 v4)';

const TABLE_4_COLUMNS = {
  'cifar10 valid': 'CIFAR-10 validation accuracy, %',
  'cifar10 test': 'CIFAR-10 test accuracy, %',
  'cifar100 valid': 'CIFAR-100 validation accuracy, %',
  'cifar100 test': 'CIFAR-100 test accuracy, %',
  'imagenet16 valid': 'ImageNet16-120 validation accuracy, %',
  'imagenet16 test': 'ImageNet16-120 test accuracy, %',
} as const;

/** A row of Table 4: six numbers; `valid` and `test` say how far its columns can be trusted. */
function row4(numbers: string, valid: Trust, test: Trust = valid): Record<string, PublishedNumber> {
  const texts = numbers.split(' ');
  const columns = Object.keys(TABLE_4_COLUMNS);
  return Object.fromEntries(
    columns.map((name, i) => [name, published(texts[i], i % 2 === 0 ? valid : test)]),
  );
}

/** Table 4: methods on NAS-Bench-201, searched on the data set that is reported. */
export const TABLE_4: PublishedTable = {
  id: 'table4',
  title: 'NAS-Bench-201, accuracy of the found architecture in the table',
  source:
    `${PAPER}, Table 4. Test columns of ENAS, DARTS, SNAS, PC-DARTS, DrNAS and optimal: README of ` +
    'github.com/xiangning-chen/DrNAS. The others: as repeated in the tables of later papers. ' +
    'The Random row and the optimal validation accuracies are recalled and not checked.',
  columns: TABLE_4_COLUMNS,
  rows: {
    ResNet: row4('90.83 93.97 70.42 70.86 44.53 43.63', 'XREF'),
    Random: row4('90.93+-0.36 93.70+-0.36 70.60+-1.37 70.65+-1.38 42.92+-2.00 42.96+-2.15', 'MEM-m'),
    RSPS: row4('84.16+-1.69 87.66+-1.69 45.78+-6.33 46.60+-6.57 31.09+-5.65 30.78+-6.12', 'XREF'),
    Reinforce: row4('91.09+-0.37 93.85+-0.37 70.05+-1.67 70.17+-1.61 43.04+-2.18 43.16+-2.28', 'XREF'),
    ENAS: row4('39.77+-0.00 54.30+-0.00 10.23+-0.12 10.62+-0.27 16.43+-0.00 16.32+-0.00', 'XREF', 'README'),
    DARTS: row4('39.77+-0.00 54.30+-0.00 38.57+-0.00 38.97+-0.00 18.87+-0.00 18.41+-0.00', 'XREF', 'README'),
    GDAS: row4('90.01+-0.46 93.23+-0.23 24.05+-8.12 24.20+-8.08 40.66+-0.00 41.02+-0.00', 'XREF'),
    SNAS: row4('90.10+-1.04 92.77+-0.83 69.69+-2.39 69.34+-1.98 42.84+-1.79 43.16+-2.64', 'XREF', 'README'),
    DSNAS: row4('89.66+-0.29 93.08+-0.13 30.87+-16.40 31.01+-16.38 40.61+-0.09 41.07+-0.09', 'XREF'),
    'PC-DARTS': row4(
      '89.96+-0.15 93.41+-0.30 67.12+-0.39 67.48+-0.89 40.83+-0.08 41.31+-0.22',
      'XREF',
      'README',
    ),
    DrNAS: row4('91.55+-0.00 94.36+-0.00 73.49+-0.00 73.51+-0.00 46.37+-0.00 46.34+-0.00', 'XREF', 'README'),
    optimal: row4('91.61 94.37 73.49 73.51 46.77 47.31', 'MEM-h', 'README'),
  },
};

/** A row of Table 1. The sheet behind it gives medium to high confidence for the table as a whole: the lower is taken. */
const row1 = (numbers: string): Record<string, PublishedNumber> => {
  const [cifar10, memory10, cifar100, memory100] = numbers.split(' ').map((text) => published(text, 'MEM-m'));
  return {
    'cifar10 test': cifar10,
    'cifar10 memory': memory10,
    'cifar100 test': cifar100,
    'cifar100 memory': memory100,
  };
};

/** Table 1: what sending only 1/K of the channels through the operations costs, without and with progressive learning. */
export const TABLE_1: PublishedTable = {
  id: 'table1',
  title: 'NAS-Bench-201, partial channels 1/K and progressive learning',
  source: `${PAPER}, Table 1: every number recalled and not checked.`,
  columns: {
    'cifar10 test': 'CIFAR-10 test accuracy, %',
    'cifar10 memory': 'GPU memory of the search on CIFAR-10, MB',
    'cifar100 test': 'CIFAR-100 test accuracy, %',
    'cifar100 memory': 'GPU memory of the search on CIFAR-100, MB',
  },
  rows: {
    'K=1': row1('94.36+-0.00 2437 73.51+-0.00 2439'),
    'K=2': row1('93.49+-0.28 1583 68.48+-0.41 1583'),
    'K=4': row1('92.85+-0.35 1159 66.68+-3.22 1161'),
    'K=8': row1('91.06+-0.00 949 55.11+-13.78 949'),
    progressive: row1('94.36+-0.00 949 73.51+-0.00 949'),
  },
};

const row5 = (accuracy: string) => ({ 'cifar10 test': published(accuracy, 'MEM-l') });

/** Table 5: the weight lambda of the anchor regulariser. */
export const TABLE_5: PublishedTable = {
  id: 'table5',
  title: 'NAS-Bench-201, weight lambda of the anchor regulariser',
  source: `${PAPER}, Table 5: every number recalled, some with low confidence, and not checked.`,
  columns: { 'cifar10 test': 'CIFAR-10 test accuracy, %' },
  rows: {
    'lambda=0': row5('93.78'),
    'lambda=5e-4': row5('94.01'),
    'lambda=1e-3': row5('94.36'),
    'lambda=5e-3': row5('94.36'),
    'lambda=1e-2': row5('94.36'),
    'lambda=1e-1': row5('93.76'),
    'lambda=1': row5('93.76'),
  },
};

/**
 * The cell that Table 4's DrNAS row must come from, on all three data sets. The authors published no architecture; in the
 * benchmark's table this is the only one of 15,625 whose three test accuracies print as 94.36, 73.51 and 46.34.
 */
export const HEADLINE_CELL = {
  architecture:
    '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|',
  index: 9930,
  trust: 'INFER' as Trust,
  source:
    'Deduced: the only cell of the table with the accuracies of the DrNAS row. One cell for all three data sets ' +
    'explains the standard deviations of zero; later methods report the identical triple.',
  /** Test accuracies in per cent that a cell must have to be the paper's: Table 4, DrNAS. */
  test: { cifar10: 94.36, cifar100: 73.51, imagenet16: 46.34 },
};
