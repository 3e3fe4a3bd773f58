// Rows of studies made up for tests.
import type { Label } from '../../src/study/jobs.js';
import type { StudyRow } from '../../src/study/rows.js';

/** A run that found the cell 9930 and was looked up with this accuracy; one that diverged, without it. */
export const madeRow = (label: Label, seed: number, cifar10?: number): StudyRow => ({
  ...{ label, seed, run: `${Object.values(label).join('-')}-${seed}` },
  state: cifar10 === undefined ? 'diverged' : 'finished',
  ...(cifar10 !== undefined && { cifar10, index: 9930, rankCifar10: 3, seconds: 60 }),
});
