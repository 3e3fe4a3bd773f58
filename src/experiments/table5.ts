// Table 5 as settings: the weight lambda of the anchor regulariser, each with what the paper prints.
import type { SearchConfig } from '../search/config.js';
import { TABLE_5 } from './publishedNb201.js';
import type { PublishedNumber } from './publishedNumber.js';

export interface LambdaRow {
  /** The row's key in TABLE_5, as `lambda=5e-4`. */
  row: string;
  lambda: number;
  /** CIFAR-10 test accuracy, %: recalled, and shown as unverified wherever it is printed. */
  published: PublishedNumber;
  /** Differences to a scale's preset. With lambda 0 there is no regulariser, whichever it would be. */
  settings(regulariser: 'l2' | 'kl'): Partial<SearchConfig>;
}

/** The grid, in the paper's order. The paper used l2 (Adam's weight decay on alpha); for KL the grid is this kit's question. */
export const LAMBDA_ROWS: readonly LambdaRow[] = Object.entries(TABLE_5.rows).map(([row, columns]) => {
  const lambda = Number(row.replace('lambda=', ''));
  return {
    row,
    lambda,
    published: columns['cifar10 test'],
    settings: (regulariser) =>
      lambda === 0
        ? { regulariser: 'none', regulariserWeight: 0 }
        : { regulariser, regulariserWeight: lambda },
  };
});

/** All but 0. */
export const LAMBDAS: readonly number[] = LAMBDA_ROWS.map(({ lambda }) => lambda).filter((l) => l > 0);
