// The paper's numbers, each with its source and trust: the one place from which they are taken.

import { TABLE_2, TABLE_3 } from './publishedDarts.js';
import { TABLE_1, TABLE_4, TABLE_5 } from './publishedNb201.js';
import type { PublishedNumber, PublishedTable } from './publishedNumber.js';

export { TABLE_2, TABLE_3 } from './publishedDarts.js';
export { PUBLISHED_FIGURES, type PublishedClaim, type PublishedFigure } from './publishedFigures.js';
export { HEADLINE_CELL, TABLE_1, TABLE_4, TABLE_5 } from './publishedNb201.js';
export {
  formatPublished,
  isVerified,
  type PublishedNumber,
  type PublishedTable,
  type Trust,
} from './publishedNumber.js';

/** Every table of the paper, in its order. */
export const PUBLISHED_TABLES: readonly PublishedTable[] = [TABLE_1, TABLE_2, TABLE_3, TABLE_4, TABLE_5];

/** Best test accuracies in the table in per cent (Table 4, optimal; README). */
export const NB201_OPTIMUM = { cifar10: 94.37, cifar100: 73.51, imagenet16: 47.31 };

/** Every published number by its id `table4/DrNAS/cifar10 test`: table, row, column. */
export function allPublished(): Map<string, PublishedNumber> {
  const numbers = new Map<string, PublishedNumber>();
  for (const { id, rows } of PUBLISHED_TABLES) {
    for (const [row, cells] of Object.entries(rows)) {
      for (const [column, number] of Object.entries(cells)) numbers.set(`${id}/${row}/${column}`, number);
    }
  }
  return numbers;
}

/** One number by its id, `table4/DrNAS/cifar10 test`. */
export function publishedNumber(id: string): PublishedNumber {
  const number = allPublished().get(id);
  if (!number) {
    const near = [...allPublished().keys()].filter((known) => known.split('/')[0] === id.split('/')[0]);
    throw new Error(
      `no published number ${JSON.stringify(id)}: ids are table/row/column, such as ${near[0] ?? 'table4/DrNAS/cifar10 test'}`,
    );
  }
  return number;
}
