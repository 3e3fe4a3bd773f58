// A configuration's stages with the epochs at which they begin; a search without stages is a single one.
import type { SearchConfig } from '../config.js';
import { spaceOf } from '../spaceOf.js';
import type { Stage } from './schedules.js';

export interface PlacedStage extends Stage {
  /** Epochs before it. */
  firstEpoch: number;
}

export function stagesOf(config: SearchConfig): PlacedStage[] {
  const { k, epochs, frozenEpochs } = config;
  const stages = config.stages ?? [
    { k, operations: spaceOf(config).operations.length, epochs, frozenEpochs },
  ];
  let firstEpoch = 0;
  return stages.map((stage) => {
    const placed = { ...stage, firstEpoch };
    firstEpoch += stage.epochs;
    return placed;
  });
}

/** The stage of an epoch counted from 0. */
export function stageAt(stages: PlacedStage[], epoch: number): PlacedStage {
  return stages.findLast((stage) => stage.firstEpoch <= epoch) ?? stages[0];
}
