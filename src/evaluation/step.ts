// One step of training from scratch, and the scores of a network on a set of images.
import * as tf from '@tensorflow/tfjs';
import { type Batch, makeBatch } from '../data/batch.js';
import { pictureBatches } from '../data/imagenet/batches.js';
import { mixed } from '../data/imagenet/mixed.js';
import type { Dataset, ImageSet } from '../data/types.js';
import type { Stream } from '../random/stream.js';
import { toTensors } from '../search/batches.js';
import { partOf, type TensorBatch } from '../search/tensorBatch.js';
import { applyStatistics, type BatchStatistics } from '../spaces/layers.js';
import { pooledStatistics } from '../spaces/pooledStatistics.js';
import { accumulatedLoss, partsOf } from '../tensor/accumulate.js';
import { countCorrect } from '../tensor/accuracy.js';
import { softmaxCrossEntropy } from '../tensor/softmaxCrossEntropy.js';
import { variableGradients } from '../tensor/variableGradients.js';
import type { EvaluationConfig } from './config.js';
import type { Scores } from './events.js';
import type { EvaluationNetwork } from './network.js';
import type { TrainingState } from './state.js';

/** Images evaluated at once; a fixed number, so that the result does not depend on the machine. */
export const EVALUATION_BATCH = 250;

export interface StepResult {
  loss: number;
  /** Numbers of images that were right. */
  correct: number;
  correct5: number;
  gradientNorm: number;
}

export interface StepOptions {
  learningRate: number;
  dropPath?: { probability: number; stream: Stream };
}

/**
 * Forward, backward, clipping, one SGD step; running statistics follow. The weights stay where the loss is not finite.
 * With microBatch the batch is computed in parts, each normalised by its own statistics (ghost batches); the running statistics
 * follow those of the whole.
 */
export function trainingStep(
  state: TrainingState,
  batch: TensorBatch,
  config: Pick<
    EvaluationConfig,
    'auxiliaryWeight' | 'labelSmoothing' | 'clipNorm' | 'microBatch' | 'recompute'
  >,
  { learningRate, dropPath }: StepOptions,
): StepResult {
  const { net, optimiser } = state;
  const { parameters } = net;
  const statistics: BatchStatistics[][] = [];
  const smoothing = { smoothing: config.labelSmoothing };
  const { recompute } = config;
  let correct = 0;
  let correct5 = 0;
  const lossOf = ({ x, y }: TensorBatch): tf.Scalar => {
    const own: BatchStatistics[] = [];
    statistics.push(own);
    const onStatistics = (s: BatchStatistics) => own.push(s);
    const { logits, auxiliary } = net.forward(x, { training: true, onStatistics, dropPath, recompute });
    correct += countCorrect(logits, y);
    correct5 += countCorrect(logits, y, Math.min(5, logits.shape[1]));
    const loss = softmaxCrossEntropy(logits, y, smoothing);
    if (!auxiliary) return loss;
    return tf.add(loss, tf.mul(softmaxCrossEntropy(auxiliary, y, smoothing), config.auxiliaryWeight));
  };
  const variables = Object.values(parameters);
  const { value, grads } = variableGradients(() => inParts(batch, config, lossOf, variables), variables);
  const loss = value.dataSync()[0];
  const byName: Record<string, tf.Tensor> = {};
  for (const name of Object.keys(parameters)) {
    // A weight that no path to the output uses gets no gradient, and SGD leaves it alone.
    const gradient = grads[parameters[name].name];
    if (gradient) byName[name] = gradient;
  }
  let gradientNorm = Number.NaN;
  if (Number.isFinite(loss))
    gradientNorm = optimiser.update(parameters, byName, learningRate, { maxNorm: config.clipNorm });
  tf.dispose([value, grads]);
  applyStatistics(net, pooledStatistics(statistics));
  return { loss, correct, correct5, gradientNorm };
}

/** The loss of a batch, whole or in parts of `microBatch` images. */
function inParts(
  batch: TensorBatch,
  { microBatch }: Pick<EvaluationConfig, 'microBatch'>,
  lossOf: (part: TensorBatch) => tf.Scalar,
  variables: tf.Tensor[],
): tf.Scalar {
  const images = batch.y.shape[0];
  if (!microBatch || microBatch >= images) return lossOf(batch);
  const parts = partsOf(images, microBatch).map(([begin, end]) => ({
    share: (end - begin) / images,
    loss: () => lossOf(partOf(batch, begin, end)),
  }));
  return accumulatedLoss(parts, variables);
}

type Totals = Scores & { images: number };

/** Adds a batch's loss and numbers of right answers, with running statistics. */
function score(net: EvaluationNetwork, dataset: Dataset, batch: Batch, total: Totals): void {
  tf.tidy(() => {
    const { x, y } = toTensors(batch, dataset);
    const { logits } = net.forward(x, { training: false });
    total.loss += softmaxCrossEntropy(logits, y).dataSync()[0] * batch.y.length;
    total.accuracy += countCorrect(logits, y);
    total.top5 += countCorrect(logits, y, Math.min(5, logits.shape[1]));
    total.images += batch.y.length;
  });
}

const none = (): Totals => ({ loss: 0, accuracy: 0, top5: 0, images: 0 });
const means = ({ loss, accuracy, top5, images }: Totals): Scores => ({
  loss: loss / images,
  accuracy: accuracy / images,
  top5: top5 / images,
});

/** Images by their numbers, EVALUATION_BATCH at a time. */
const portions = (indices: Int32Array): Int32Array[] =>
  Array.from({ length: Math.ceil(indices.length / EVALUATION_BATCH) }, (_, n) =>
    indices.subarray(n * EVALUATION_BATCH, (n + 1) * EVALUATION_BATCH),
  );

/** The numbers of the first `images` images of so many, all of them for null. */
const first = (count: number, images: number | null): Int32Array =>
  Int32Array.from({ length: Math.min(images ?? count, count) }, (_, i) => i);

/** Scores on the first `images` images of a set in memory (all of them for null), with running statistics and without augmentation. */
export function scoresOn(
  net: EvaluationNetwork,
  dataset: Dataset,
  set: ImageSet,
  images: number | null = null,
): Scores {
  const total = none();
  for (const indices of portions(first(set.count, images)))
    score(net, dataset, makeBatch(dataset, set, indices), total);
  return means(total);
}

/** The same on the test set, wherever its images are; some of many picture files are a fixed sample of all classes. */
export async function testScores(
  net: EvaluationNetwork,
  dataset: Dataset,
  images: number | null = null,
): Promise<Scores> {
  const { test, pictures, height: size } = dataset;
  if (!pictures) return scoresOn(net, dataset, test, images);
  const total = none();
  const some = images === null || images >= test.count ? first(test.count, null) : mixed(test.count, images);
  const requests = portions(some).map((indices) => ({ indices }));
  for await (const batch of pictureBatches(pictures.test, requests, { size }))
    score(net, dataset, batch, total);
  return means(total);
}
