// One step of the first-order bilevel search: alpha on a validation batch, then weights on a training batch.
import * as tf from '@tensorflow/tfjs';
import { applyStatistics, type BatchStatistics } from '../spaces/layers.js';
import { countCorrect } from '../tensor/accuracy.js';
import { clipCoefficient, globalNorm } from '../tensor/clip.js';
import { softmaxCrossEntropy } from '../tensor/softmaxCrossEntropy.js';
import { variableGradients } from '../tensor/variableGradients.js';
import type { Draw } from './samplers/sampler.js';
import type { SearchState } from './state.js';

/** Images x [B, H, W, channels] and labels y int32 [B]. */
export interface TensorBatch {
  x: tf.Tensor4D;
  y: tf.Tensor1D;
}

export interface PassResult {
  /** Cross entropy, without any penalty. */
  loss: number;
  /** Fraction of the batch that the sampled supernet gets right. */
  accuracy: number;
}

export interface ArchitectureResult extends PassResult {
  /** What is minimised: the cross entropy plus the regulariser's penalty. */
  objective: number;
  /** Gradient of the objective in alpha [rows, operations], row-major, before any clipping. */
  gradAlpha: number[];
}

/** Cross entropy and accuracy under one theta; the supernet's batch statistics go to `statistics`. */
function lossOf(
  state: SearchState,
  batch: TensorBatch,
  theta: tf.Tensor2D,
  needs: 'alpha' | 'weights' | 'all',
  draw: Draw,
  statistics: BatchStatistics[],
) {
  const logits = state.space.forward(state.net, batch.x, theta, {
    training: true,
    mask: draw.mask?.flat(),
    needs,
    onStatistics: (s) => statistics.push(s),
  });
  return { loss: softmaxCrossEntropy(logits, batch.y), logits };
}

/**
 * The architecture update (201-space/train_search.py:252-276): fresh theta, cross entropy on a validation batch plus the
 * regulariser's penalty, one Adam step on alpha. Also blends running statistics, as the reference does (both passes run in training mode).
 * What the state's mask removes is not sampled. `clipNorm` is the largest norm of alpha's gradient, 0 for no clipping.
 */
export function architectureStep(
  state: SearchState,
  batch: TensorBatch,
  learningRate: number,
  given: Draw,
  clipNorm = 0,
): ArchitectureResult {
  const draw = { mask: state.mask, ...given };
  const statistics: BatchStatistics[] = [];
  let result = { loss: 0, accuracy: 0 };
  const { value, grads } = variableGradients(() => {
    const theta = state.sampler.sample(state.alpha, draw);
    const { loss, logits } = lossOf(state, batch, theta, 'alpha', draw, statistics);
    result = { loss: loss.dataSync()[0], accuracy: countCorrect(logits, batch.y) / batch.y.shape[0] };
    const penalty = state.regulariser.penalty?.(state.alpha, draw.mask);
    return penalty ? tf.add(loss, penalty) : loss;
  }, [state.alpha]);
  const gradient = grads[state.alpha.name];
  const gradAlpha = Array.from(gradient.dataSync());
  const objective = value.dataSync()[0];
  const coefficient = clipNorm > 0 ? clipCoefficient(globalNorm({ alpha: gradient }), clipNorm) : 1;
  const clipped = coefficient === 1 ? gradient : tf.tidy(() => tf.mul(gradient, coefficient));
  if (Number.isFinite(result.loss))
    state.alphaOptimiser.update({ alpha: state.alpha }, { alpha: clipped }, learningRate);
  tf.dispose([value, grads, clipped]);
  applyStatistics(state.net, statistics);
  return { ...result, objective, gradAlpha };
}

export interface WeightStepOptions {
  learningRate: number;
  /** Largest global gradient norm; 0 for no clipping. */
  clipNorm: number;
  /** Count alpha's own gradient of this pass into the norm, as the reference does. */
  clipIncludesAlpha: boolean;
}

/** The weight update (item 4): fresh theta, cross entropy on a training batch, clipping, one SGD step. */
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
  const statistics: BatchStatistics[] = [];
  let result = { loss: 0, accuracy: 0, logits: new Float32Array() };
  const fixedTheta = clipIncludesAlpha ? undefined : tf.tidy(() => state.sampler.sample(state.alpha, draw));
  const { value, grads } = variableGradients(() => {
    const theta = fixedTheta ?? state.sampler.sample(state.alpha, draw);
    const { loss, logits } = lossOf(
      state,
      batch,
      theta,
      clipIncludesAlpha ? 'all' : 'weights',
      draw,
      statistics,
    );
    result = {
      loss: loss.dataSync()[0],
      accuracy: countCorrect(logits, batch.y) / batch.y.shape[0],
      logits: Float32Array.from(logits.dataSync() as Float32Array),
    };
    return loss;
  }, [...Object.values(parameters), ...(clipIncludesAlpha ? [state.alpha as tf.Variable] : [])]);
  let extraSquaredNorm = 0;
  if (clipIncludesAlpha) {
    for (const g of grads[state.alpha.name].dataSync()) extraSquaredNorm += g * g;
  }
  const byName: Record<string, tf.Tensor> = {};
  // A pruned operation gets no gradient, and SGD leaves it alone.
  for (const name of names) if (grads[parameters[name].name]) byName[name] = grads[parameters[name].name];
  let gradientNorm = Number.NaN;
  if (Number.isFinite(result.loss)) {
    gradientNorm = state.weightOptimiser.update(parameters, byName, learningRate, {
      maxNorm: clipNorm,
      extraSquaredNorm,
    });
  }
  tf.dispose([value, grads]);
  if (fixedTheta) fixedTheta.dispose();
  applyStatistics(state.net, statistics);
  return { ...result, gradientNorm };
}
