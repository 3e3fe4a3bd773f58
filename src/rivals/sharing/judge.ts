// The end of RSPS and ENAS: candidates judged with the trained shared weights, in groups, the best of them the answer.
import { createStream } from '../../random/stream.js';
import { lookUp } from '../../search/evaluate.js';
import type { SearchInputs } from '../../search/loop.js';
import { formatArchitecture } from '../../spaces/nasbench201/architecture.js';
import { architectureAt } from '../../spaces/nasbench201/officialOrder.js';
import { OPERATIONS } from '../../spaces/nasbench201/operations.js';
import { drawArchitecture } from '../controller.js';
import { anyArchitecture } from '../game.js';
import { indexOfPicks } from '../reinforce.js';
import type { SharingConfig } from './config.js';
import type { CandidatesEvent } from './events.js';
import { pathAccuracy } from './path.js';
import type { Candidate, SharingState } from './state.js';

/** Candidates judged between two checkpoints. */
const GROUP = 10;

const picksOf = (index: number): number[] => architectureAt(index).map((o) => OPERATIONS.indexOf(o));

/** The best of the candidates; of equals the first. */
export const bestCandidate = (candidates: readonly Candidate[]): Candidate =>
  candidates.reduce((best, one) => (one.accuracy > best.accuracy ? one : best));

/**
 * Goes on from the candidates that `state` has to all of them. RSPS draws them uniformly, ENAS from its controller; each follows
 * from the seed and its number.
 */
export async function* judge(
  config: SharingConfig,
  state: SharingState,
  { dataset, table, signal }: SearchInputs,
): AsyncGenerator<CandidatesEvent> {
  const { search, learner } = state;
  const known = new Map(state.candidates.map(({ index, accuracy }) => [index, accuracy]));
  const judgingBegun = performance.now();
  const already = state.candidates.length;
  while (state.candidates.length < config.candidates) {
    const groupBegun = performance.now();
    const latest: Candidate[] = [];
    const from = state.candidates.length;
    for (let n = from; n < Math.min(from + GROUP, config.candidates); n++) {
      signal?.throwIfAborted();
      const stream = createStream(config.search.seed, 'candidates', n);
      const index = learner
        ? indexOfPicks(drawArchitecture(learner.controller, stream).picks)
        : anyArchitecture(stream);
      // A controller that has made up its mind draws the same one again.
      const accuracy =
        known.get(index) ?? pathAccuracy(search, dataset, picksOf(index), config.candidateImages);
      known.set(index, accuracy);
      latest.push({ index, accuracy });
      await new Promise((resolve) => setImmediate(resolve));
    }
    state.candidates.push(...latest);
    const done = state.candidates.length;
    const best = bestCandidate(state.candidates);
    const genotype = formatArchitecture(architectureAt(best.index));
    const spent = (performance.now() - judgingBegun) / 1000;
    yield {
      event: 'candidates',
      step: search.step,
      done,
      of: config.candidates,
      latest,
      best,
      genotype,
      seconds: (performance.now() - groupBegun) / 1000,
      secondsLeft: (spent / (done - already)) * (config.candidates - done),
      ...(table ? { lookup: lookUp(table, genotype) } : {}),
    };
  }
}
