// One step of the bilevel search: alpha on a validation batch (architectureStep.ts), then weights on a training batch.
import * as tf from '@tensorflow/tfjs';
import { applyStatistics, type BatchStatistics } from '../spaces/layers.js';
import { variableGradients } from '../tensor/variableGradients.js';
import { lossOf, type PassResult, resultOf, type TensorBatch } from './pass.js';
import type { Draw } from './samplers/sampler.js';
import { architectureVariables, type SearchState } from './state.js';
import { drawConstantTheta, drawTheta, matricesOf } from './theta.js';

export { type ArchitectureResult, architectureStep } from './architectureStep.js';
export type { PassResult, TensorBatch } from './pass.js';

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
  let result: PassResult & { logits: Float32Array } = { loss: 0, accuracy: 0, logits: new Float32Array() };
  const fixed = clipIncludesAlpha ? undefined : drawConstantTheta(state, draw);
  const { value, grads } = variableGradients(() => {
    const drawn = fixed ?? drawTheta(state, draw);
    const { loss, logits } = lossOf(state, batch, drawn, fixed ? 'weights' : 'all', statistics);
    result = {
      ...resultOf(loss, logits, batch),
      logits: Float32Array.from(logits.dataSync() as Float32Array),
    };
    return loss;
  }, [...Object.values(parameters), ...architecture]);
  let extraSquaredNorm = 0;
  for (const { name } of architecture) {
    for (const g of grads[name]?.dataSync() ?? []) extraSquaredNorm += g * g;
  }
  const byName: Record<string, tf.Tensor> = {};
  for (const name of names) if (grads[parameters[name].name]) byName[name] = grads[parameters[name].name];
  let gradientNorm = Number.NaN;
  if (Number.isFinite(result.loss)) {
    gradientNorm = state.weightOptimiser.update(parameters, byName, learningRate, {
      maxNorm: clipNorm,
      extraSquaredNorm,
    });
  }
  tf.dispose([value, grads]);
  if (fixed) tf.dispose(matricesOf(fixed.theta));
  applyStatistics(state.net, statistics);
  return { ...result, gradientNorm };
}
