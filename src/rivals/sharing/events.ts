// What a rival with weight sharing reports while it runs: a search's steps, its epochs, and the candidates it judges at the end.
import type { LookUp, StepEvent } from '../../search/events.js';
import type { ControllerUpdate } from './enas.js';
import type { Candidate } from './state.js';

export interface SharingEpochEvent {
  event: 'epoch';
  /** Epochs and weight updates completed. */
  epoch: number;
  step: number;
  seconds: number;
  /** Means over the epoch's weight updates, each on another path. */
  trainLoss: number;
  trainAccuracy: number;
  /** ENAS, when its controller learns: means over the epoch's updates, and the baseline at its end. */
  controller: ControllerUpdate | null;
  learningRate: number;
  imagesPerSecond: number;
  secondsLeft: number;
}

export interface CandidatesEvent {
  event: 'candidates';
  step: number;
  /** Judged so far, of so many, and the latest of them. */
  done: number;
  of: number;
  latest: Candidate[];
  /** The best so far by accuracy with the shared weights; of equals the first. */
  best: Candidate;
  genotype: string;
  seconds: number;
  secondsLeft: number;
  lookup?: LookUp;
}

export type SharingEvent = StepEvent | SharingEpochEvent | CandidatesEvent;
