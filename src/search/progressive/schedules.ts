// Schedules of progressive learning: what each stage searches, those of the official scripts and of the paper, and their text form.
import type { SpaceName } from '../../spaces/space.js';

export interface Stage {
  /** Partial channels: one k-th goes through the operations. */
  k: number;
  /** Operations kept on each edge. */
  operations: number;
  epochs: number;
  /** Epochs at the start of the stage during which alpha rests and the widened weights settle. */
  frozenEpochs: number;
}

export interface Schedule {
  space: SpaceName;
  stages: readonly Stage[];
  /** Where it comes from. */
  source: string;
  /** true for what is recalled of the paper and was not checked against a copy of it; to be shown wherever it is printed. */
  unverified?: boolean;
}

/** `4:7:25:10,2:4:25:10` gives the stages; see parseSchedule. */
const stages = (text: string): Stage[] =>
  text.split(',').map((part) => {
    const [k, operations, epochs, frozenEpochs] = part.split(':').map(Number);
    return { k, operations, epochs, frozenEpochs };
  });

/** Schedules by name. In all of them alpha rests at the start of every stage, not only of the first. */
export const SCHEDULES: Readonly<Record<string, Schedule>> = {
  'nasbench201-paper': {
    space: 'nasbench201',
    stages: stages('4:5:50:10,2:3:50:10'),
    source: '201-space/train_search_progressive.py:188-191, 280',
  },
  'nasbench201-laptop': {
    space: 'nasbench201',
    stages: stages('2:5:15:5,1:3:15:5'),
    source:
      'this kit: half of the official k, because a quarter of 8 channels is 2; alpha rests in both stages until the weights can tell operations apart',
  },
  'nasbench201-smoke': {
    space: 'nasbench201',
    stages: stages('4:5:2:1,2:3:2:1'),
    source: 'this kit: shows that everything runs',
  },
  'darts-paper': {
    space: 'darts',
    stages: stages('6:7:25:10,4:4:25:10'),
    source: 'DARTS-space/train_search.py:119-122, 182 (CIFAR-10)',
  },
  'darts-imagenet': {
    space: 'darts',
    stages: stages('6:7:25:10,3:4:25:10'),
    source: 'DARTS-space/train_search_imagenet.py:130-133, 209',
  },
  'darts-paper-text': {
    space: 'darts',
    stages: stages('6:8:25:10,3:4:25:10'),
    source:
      'the paper: 8 operations (with none), half of them pruned while the width doubles; the frozen epochs are the code’s',
    unverified: true,
  },
  'darts-first-commit': {
    space: 'darts',
    stages: stages('6:7:50:10,4:3:50:10'),
    source:
      'history: CIFAR-10 in the first commit b79609a; its lists [6, 4, 1] and [7, 3, 1] name a third stage that was not trained; frozen epochs as today',
  },
  'darts-imagenet-first-commit': {
    space: 'darts',
    stages: stages('6:7:50:10'),
    source:
      'history: ImageNet in the first commit b79609a; its lists [6, 4, 1] and [7, 4, 1] name stages that were not trained; frozen epochs as today',
  },
  'darts-laptop': {
    space: 'darts',
    stages: stages('4:7:10:4,2:4:10:4'),
    source:
      'this kit: the official one shortened, alpha resting long in both stages, until the weights can tell operations apart',
  },
  'darts-smoke': {
    space: 'darts',
    stages: stages('4:7:2:1,2:4:2:1'),
    source: 'this kit: shows that everything runs',
  },
};

/** The stages as text: `k:operations:epochs:frozen` each, joined by commas. */
export function formatSchedule(schedule: readonly Stage[]): string {
  return schedule.map((s) => [s.k, s.operations, s.epochs, s.frozenEpochs].join(':')).join(',');
}

/**
 * Stages from the name of a schedule of this space, or from text as `4:5:50:10,2:3:50:10`: k, operations kept, epochs and
 * epochs with alpha frozen of each stage. Throws an error that says what is wrong and what there is.
 */
export function parseSchedule(text: string, space: SpaceName): Stage[] {
  const named = SCHEDULES[text];
  if (named) {
    if (named.space !== space)
      throw new Error(`the schedule ${text} is for the space ${named.space}, not for ${space}`);
    return named.stages.map((stage) => ({ ...stage }));
  }
  if (!/^\d+(:\d+){3}(,\d+(:\d+){3})*$/.test(text)) {
    const names = Object.keys(SCHEDULES).filter((name) => SCHEDULES[name].space === space);
    throw new Error(
      `there is no schedule ${JSON.stringify(text)}: use ${names.join(', ')}, or write k:operations:epochs:frozen for each stage, as 4:5:50:10,2:3:50:10`,
    );
  }
  return stages(text);
}

/**
 * Refuses stages that cannot be run one after the other in a space of so many operations: the first has all of them, each
 * later one keeps as many as the one before or fewer, and sends as many channels through them or more.
 */
export function checkStages(schedule: readonly Stage[], operations: number): void {
  if (!Array.isArray(schedule) || schedule.length === 0)
    throw new Error(`stages is ${JSON.stringify(schedule)}, expected a list of at least one stage`);
  schedule.forEach((stage, i) => {
    const name = `stage ${i + 1}`;
    for (const key of ['k', 'operations', 'epochs', 'frozenEpochs'] as const) {
      const least = key === 'frozenEpochs' ? 0 : 1;
      if (!Number.isInteger(stage[key]) || stage[key] < least)
        throw new Error(`${name}: ${key} is ${stage[key]}, expected an integer of at least ${least}`);
    }
    if (Object.keys(stage).length !== 4)
      throw new Error(
        `${name} has ${Object.keys(stage).join(', ')}: expected k, operations, epochs, frozenEpochs`,
      );
    const before = schedule[i - 1];
    if (!before && stage.operations < operations) {
      throw new Error(
        `stage 1 keeps ${stage.operations} of the ${operations} operations an edge, but before it nothing is learnt by which to prune: write ${operations}`,
      );
    }
    if (!before && stage.operations > operations) {
      throw new Error(
        `stage 1 keeps ${stage.operations} operations an edge, but the space has ${operations}`,
      );
    }
    if (before && stage.operations > before.operations) {
      throw new Error(
        `${name} keeps ${stage.operations} operations an edge, but ${before.operations} are left after stage ${i}: operations can only become fewer`,
      );
    }
    if (before && stage.k > before.k) {
      throw new Error(
        `${name} has k = ${stage.k} after k = ${before.k}: channels can only be added, so k must not rise`,
      );
    }
    if (stage.frozenEpochs >= stage.epochs) {
      throw new Error(
        `${name} leaves alpha frozen for ${stage.frozenEpochs} of its ${stage.epochs} epochs: nothing would be searched`,
      );
    }
  });
}
