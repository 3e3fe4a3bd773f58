// What a rival with weight sharing reports while it runs: a search's steps, its epochs, and the candidates it judges at the end.
import type { EpochEvent, LookUp, StepEvent } from '../../search/events.js';
import type { ControllerUpdate } from './enas.js';
import type { Candidate } from './state.js';

/** A search's epoch without what it says of alpha; the means over weight updates are each on another path. */
export interface SharingEpochEvent
  extends Pick<
    EpochEvent,
    | ('event' | 'epoch' | 'step' | 'seconds' | 'trainLoss' | 'trainAccuracy')
    | ('learningRate' | 'imagesPerSecond' | 'secondsLeft')
  > {
  /** ENAS, when its controller learns: means over the epoch's updates, and the baseline at its end. */
  controller: ControllerUpdate | null;
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
