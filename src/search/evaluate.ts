// What a search is worth after an epoch: supernet accuracy, table look-up, and the band of sampled architectures.
import * as tf from '@tensorflow/tfjs';
import { quantile } from 'simple-statistics';
import type { NasBench201 } from '../benchmarks/nasbench201.js';
import { makeBatch } from '../data/batch.js';
import { alphaImages } from '../data/split.js';
import type { Dataset } from '../data/types.js';
import { createStream } from '../random/stream.js';
import { parseGenotype } from '../spaces/darts/genotype.js';
import { formatArchitecture } from '../spaces/nasbench201/architecture.js';
import { OPERATIONS } from '../spaces/nasbench201/operations.js';
import { countCorrect } from '../tensor/accuracy.js';
import { softmaxCrossEntropy } from '../tensor/softmaxCrossEntropy.js';
import { toTensors } from './batches.js';
import { readoutOf, type SearchConfig } from './config.js';
import type { Band, EpochEvent, LookUp, Quality } from './events.js';
import { samplerOf } from './samplers/samplerOf.js';
import { alphaRows, edgeSharesNow, type SearchState } from './state.js';

/** Images evaluated at once; a fixed number, so that the result does not depend on the machine. */
export const EVALUATION_BATCH = 250;

/**
 * Loss and accuracy of the supernet with running statistics under the expected theta of what is left, on the first `images` of
 * the alpha half without augmentation; null for no images.
 * The reference samples a theta for each batch here, which makes the figure noisy (201-space/search_model.py:121-122); the expectation is intended.
 */
export function supernetQuality(
  state: SearchState,
  dataset: Dataset,
  theta: number[][],
  images: number,
): Quality | null {
  const { set, indices: all } = alphaImages(dataset);
  const indices = all.subarray(0, images);
  if (indices.length === 0) return null;
  let correct = 0;
  let loss = 0;
  for (let start = 0; start < indices.length; start += EVALUATION_BATCH) {
    const batch = makeBatch(dataset, set, indices.subarray(start, start + EVALUATION_BATCH));
    tf.tidy(() => {
      const { x, y } = toTensors(batch, dataset);
      const options = { training: false, mask: state.mask?.flat() };
      const logits = state.space.forward(state.net, x, tf.tensor2d(timesEdges(state, theta)), options);
      correct += countCorrect(logits, y);
      loss += softmaxCrossEntropy(logits, y).dataSync()[0] * batch.y.length;
    });
  }
  return { loss: loss / indices.length, accuracy: correct / indices.length };
}

/** Rows of mixing weights times their edges' shares, where there are any. */
function timesEdges(state: SearchState, theta: number[][]): number[][] {
  const shares = edgeSharesNow(state);
  return shares ? theta.map((row, e) => row.map((t) => t * shares[e])) : theta;
}

/** The state's expected mixing weights, without the edges' shares. */
export const expectedMixing = (state: SearchState): number[][] =>
  state.sampler.expected(alphaRows(state), state.mask);

/** The architecture that the state stands for, as text, by the configuration's readout, edges by their shares too. */
export function genotypeNow(config: SearchConfig, state: SearchState): string {
  const readout = readoutOf(config) === 'softmax' ? samplerOf('softmax') : samplerOf('dirichlet-mean');
  return state.space.genotype(timesEdges(state, readout.expected(alphaRows(state), state.mask)));
}

/** The two cells of a genotype of the DARTS space. */
export function cellsOf({ space }: SearchState, genotype: string): EpochEvent['cells'] {
  if (space.name !== 'darts') return undefined;
  const { normal, reduce } = parseGenotype(genotype);
  return { normal, reduce };
}

/** The table's view of an architecture. */
export function lookUp(table: NasBench201, genotype: string): LookUp {
  const { index, cifar10, cifar100, imagenet16, rank, regret } = table.lookup(genotype);
  return { index, cifar10, cifar100, imagenet16, rank, regret };
}

/** On NAS-Bench-201, test accuracies of `bandSamples` architectures drawn from the current distribution (the trajectory figure, 4.1). */
export function accuracyBand(
  state: SearchState,
  config: SearchConfig,
  table: NasBench201,
  alpha: number[][],
): EpochEvent['band'] {
  if (config.bandSamples === 0) return undefined;
  const entries = Array.from({ length: config.bandSamples }, (_, s) => {
    const stream = createStream(config.seed, 'band', state.epoch, s);
    const picked = state.sampler.pick(alpha, { stream, mask: state.mask });
    return table.lookup(formatArchitecture(picked.map((o) => OPERATIONS[o])));
  });
  const band = (name: 'cifar10' | 'cifar100' | 'imagenet16'): Band => {
    const [min, q25, median, q75, max] = [0, 0.25, 0.5, 0.75, 1].map((q) =>
      quantile(
        entries.map((entry) => entry[name]),
        q,
      ),
    );
    return { min, q25, median, q75, max };
  };
  return { cifar10: band('cifar10'), cifar100: band('cifar100'), imagenet16: band('imagenet16') };
}
