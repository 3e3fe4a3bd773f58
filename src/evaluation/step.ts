// One step of training from scratch, and the scores of a network on a set of images.
import * as tf from '@tensorflow/tfjs';
import { makeBatch } from '../data/batch.js';
import type { Dataset, ImageSet } from '../data/types.js';
import type { Stream } from '../random/stream.js';
import { toTensors } from '../search/batches.js';
import type { TensorBatch } from '../search/step.js';
import { applyStatistics, type BatchStatistics } from '../spaces/layers.js';
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

/** Forward, backward, clipping, one SGD step; running statistics follow. The weights stay where the loss is not finite. */
export function trainingStep(
  state: TrainingState,
  batch: TensorBatch,
  config: Pick<EvaluationConfig, 'auxiliaryWeight' | 'labelSmoothing' | 'clipNorm'>,
  { learningRate, dropPath }: StepOptions,
): StepResult {
  const { net, optimiser } = state;
  const { parameters } = net;
  const statistics: BatchStatistics[] = [];
  const smoothing = { smoothing: config.labelSmoothing };
  let correct = 0;
  let correct5 = 0;
  const { value, grads } = variableGradients(() => {
    const onStatistics = (s: BatchStatistics) => statistics.push(s);
    const { logits, auxiliary } = net.forward(batch.x, { training: true, onStatistics, dropPath });
    correct = countCorrect(logits, batch.y);
    correct5 = countCorrect(logits, batch.y, Math.min(5, logits.shape[1]));
    const loss = softmaxCrossEntropy(logits, batch.y, smoothing);
    if (!auxiliary) return loss;
    return tf.add(loss, tf.mul(softmaxCrossEntropy(auxiliary, batch.y, smoothing), config.auxiliaryWeight));
  }, Object.values(parameters));
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
  applyStatistics(net, statistics);
  return { loss, correct, correct5, gradientNorm };
}

/** Scores on the first `images` images of a set (all of them for null), with running statistics and without augmentation. */
export function scoresOn(
  net: EvaluationNetwork,
  dataset: Dataset,
  set: ImageSet,
  images: number | null = null,
): Scores {
  const count = Math.min(images ?? set.count, set.count);
  const total = { loss: 0, correct: 0, correct5: 0 };
  for (let start = 0; start < count; start += EVALUATION_BATCH) {
    const indices = Array.from({ length: Math.min(EVALUATION_BATCH, count - start) }, (_, i) => start + i);
    tf.tidy(() => {
      const { x, y } = toTensors(makeBatch(dataset, set, indices), dataset);
      const { logits } = net.forward(x, { training: false });
      total.loss += softmaxCrossEntropy(logits, y).dataSync()[0] * indices.length;
      total.correct += countCorrect(logits, y);
      total.correct5 += countCorrect(logits, y, Math.min(5, logits.shape[1]));
    });
  }
  return { loss: total.loss / count, accuracy: total.correct / count, top5: total.correct5 / count };
}
