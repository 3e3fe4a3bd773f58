// What a rival with weight sharing changes while it runs, and its checkpoint: a search's, with the rival's own arrays beside.
import { rmSync } from 'node:fs';
import { createStream } from '../../random/stream.js';
import {
  type CheckpointPlace,
  loadCheckpoint,
  ofPrefix,
  saveCheckpoint,
  withPrefix,
} from '../../search/checkpoint.js';
import { createSearchState, disposeSearchState, type SearchState } from '../../search/state.js';
import { type NamedArrays, readTensorFile, writeTensorFile } from '../../search/tensorFile.js';
import type { SharingConfig } from './config.js';
import { createLearner, type Learner } from './enas.js';

/** A candidate that was evaluated: official index, and accuracy (a fraction) with the shared weights. */
export interface Candidate {
  index: number;
  accuracy: number;
}

export interface SharingState {
  search: SearchState;
  /** ENAS's controller; absent for RSPS, which draws uniformly. */
  learner?: Learner;
  /** Evaluated so far, in the order drawn. */
  candidates: Candidate[];
  /** Epochs of weights that are done. */
  readonly epoch: number;
}

export function createSharingState(config: SharingConfig, shape: object): SharingState {
  const search = createSearchState(config.search, shape);
  const stream = createStream(config.search.seed, 'initial', 'controller');
  return {
    search,
    ...(config.controller ? { learner: createLearner(config.controller, stream) } : {}),
    candidates: [],
    get epoch() {
      return search.epoch;
    },
  };
}

export const disposeSharingState = ({ search }: SharingState): void => disposeSearchState(search);

/** The arrays of a search's checkpoint and the rival's own, in one file, so that they can never be of different moments. */
export function saveSharing(path: string, state: SharingState, place: CheckpointPlace): void {
  const { learner, candidates } = state;
  const own: NamedArrays = {
    candidates: Float64Array.from(candidates.flatMap(({ index, accuracy }) => [index, accuracy])),
  };
  if (learner) {
    const { controller, moments, baseline } = learner;
    own.controller = controller.values;
    own.first = moments.first;
    own.second = moments.second;
    own.step = Float64Array.of(moments.step);
    own.baseline = Float64Array.from(baseline.state());
  }
  const aside = `${path}.search`;
  saveCheckpoint(aside, state.search, place);
  const { arrays, metadata } = readTensorFile(aside);
  writeTensorFile(path, { ...arrays, ...withPrefix('rival', own) }, metadata);
  rmSync(aside);
}

/** Restores `state`; refuses the checkpoint of another run. Returns where the metrics end. */
export function loadSharing(path: string, state: SharingState, digest: string): CheckpointPlace {
  const place = loadCheckpoint(path, state.search, digest);
  const own = ofPrefix('rival', readTensorFile(path).arrays);
  const values = (name: string) => {
    if (own[name]) return own[name];
    throw new Error(`${path}: rival/${name} is missing: this is no rival's checkpoint`);
  };
  const { learner, candidates } = state;
  const stored = values('candidates');
  for (let i = 0; i < stored.length; i += 2) candidates.push({ index: stored[i], accuracy: stored[i + 1] });
  if (learner) {
    learner.controller.values.set(values('controller'));
    learner.moments.first.set(values('first'));
    learner.moments.second.set(values('second'));
    learner.moments.step = values('step')[0];
    const [sum, weight] = values('baseline');
    learner.baseline.restore([sum, weight]);
  }
  return place;
}
