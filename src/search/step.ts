// One step of the bilevel search: alpha on a validation batch (architectureStep.ts), then weights on a training batch.
import * as tf from '@tensorflow/tfjs';
import { applyStatistics, type BatchStatistics } from '../spaces/layers.js';
import { differentiate, type PassResult } from './pass.js';
import type { Draw } from './samplers/sampler.js';
import { architectureVariables, type SearchState } from './state.js';
import type { TensorBatch } from './tensorBatch.js';

export { type ArchitectureResult, architectureStep } from './architectureStep.js';
export type { PassResult } from './pass.js';
export type { TensorBatch } from './tensorBatch.js';

export interface WeightStepOptions {
  learningRate: number;
  /** Largest global gradient norm; 0 for no clipping. */
  clipNorm: number;
  /** Count alpha's own gradient of this pass into the norm, as the reference does. */
  clipIncludesAlpha: boolean;
}

/**
 * The weight update: fresh theta, a single draw, cross entropy on a training batch, clipping, one SGD step. Operations that did
 * not run in this pass, pruned or not drawn, get no gradient, and SGD leaves them alone: no weight decay, no momentum.
 */
export function weightStep(
  state: SearchState,
  batch: TensorBatch,
  options: WeightStepOptions,
  given: Draw,
): PassResult & { gradientNorm: number; logits: Float32Array } {
  const draw = { mask: state.mask, ...given };
  const { learningRate, clipNorm, clipIncludesAlpha } = options;
  const { parameters } = state.net;
  const names = Object.keys(parameters);
  const architecture = clipIncludesAlpha ? Object.values(architectureVariables(state)) : [];
  const statistics: BatchStatistics[] = [];
  const { grads, loss, accuracy, logits } = differentiate(
    state,
    batch,
    draw,
    clipIncludesAlpha ? 'all' : 'weights',
    [...Object.values(parameters), ...architecture],
    statistics,
  );
  let extraSquaredNorm = 0;
  for (const { name } of architecture) {
    for (const g of grads[name]?.dataSync() ?? []) extraSquaredNorm += g * g;
  }
  const byName: Record<string, tf.Tensor> = {};
  for (const name of names) if (grads[parameters[name].name]) byName[name] = grads[parameters[name].name];
  let gradientNorm = Number.NaN;
  if (Number.isFinite(loss)) {
    gradientNorm = state.weightOptimiser.update(parameters, byName, learningRate, {
      maxNorm: clipNorm,
      extraSquaredNorm,
    });
  }
  tf.dispose(grads);
  applyStatistics(state.net, statistics);
  return { loss, accuracy, logits, gradientNorm };
}
