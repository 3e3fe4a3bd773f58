// The architecture update: gradients of one or several draws, the regulariser's pull, and a step of Adam.
import * as tf from '@tensorflow/tfjs';
import { applyStatistics, type BatchStatistics } from '../spaces/layers.js';
import { clipCoefficient, globalNorm } from '../tensor/clip.js';
import { variableGradients } from '../tensor/variableGradients.js';
import {
  type DrawGradient,
  firstOrderGradient,
  type SecondOrder,
  secondOrderGradient,
} from './architectureGradient.js';
import type { PassResult } from './pass.js';
import { advantages, withLoss } from './samplers/baseline.js';
import type { Draw } from './samplers/sampler.js';
import { architectureVariables, type SearchState } from './state.js';
import type { TensorBatch } from './tensorBatch.js';

export interface ArchitectureResult extends PassResult {
  /** What is minimised: the cross entropy plus the regulariser's penalty. */
  objective: number;
  /** Gradient of the objective in alpha [rows, operations], row-major, before any clipping. */
  gradAlpha: number[];
  /** Likewise in the edges' parameters [rows], where there are any. */
  gradEdges?: number[];
}

/**
 * The architecture update (201-space/train_search.py:252-276): fresh theta, cross entropy on a validation batch plus the
 * regulariser's penalty, one Adam step on alpha. Also blends running statistics, as the reference does (both passes run in training mode).
 * What the state's mask removes is not sampled. `clipNorm` is the largest norm of the gradient of alpha and the edges' parameters
 * together, 0 for no clipping. With several samples a step the gradients of independent draws on the same batch are averaged; the
 * first draws from `given.stream`, the others from its splits by 'sample' and their number. The second order, where the
 * state asks for it, needs `unroll`, the training batch of the step.
 */
export function architectureStep(
  state: SearchState,
  batch: TensorBatch,
  learningRate: number,
  given: Draw,
  clipNorm = 0,
  unroll?: SecondOrder,
): ArchitectureResult {
  const draw = { mask: state.mask, ...given };
  const { samplesPerStep, order } = state.drawing;
  if (order === 2 && !unroll)
    throw new Error(
      'the second order needs the training batch and the step of the weights: give them as `unroll`',
    );
  const statistics: BatchStatistics[] = [];
  const draws = Array.from({ length: samplesPerStep }, (_, s) => {
    const own: Draw = s === 0 ? draw : { ...draw, stream: draw.stream.split('sample', s) };
    return order === 2
      ? secondOrderGradient(state, batch, own, unroll!)
      : firstOrderGradient(state, batch, own, statistics);
  });
  const [loss, accuracy] = (['loss', 'accuracy'] as const).map(
    (key) => draws.reduce((sum, d) => sum + d[key], 0) / draws.length,
  );
  const gradients = averaged(state, draws);
  const penalty = penaltyOf(state, draw.mask);
  penalty?.gradient.forEach((g, i) => {
    gradients.alpha[i] += g;
  });

  const variables = architectureVariables(state);
  const tensors = tf.tidy(() =>
    Object.fromEntries(
      Object.entries(variables).map(([name, { shape }]) => [
        name,
        tf.tensor(Float32Array.from(gradients[name]), shape),
      ]),
    ),
  );
  const numbers = (name: string) => Array.from(tensors[name].dataSync());
  const result: ArchitectureResult = {
    loss,
    accuracy,
    objective: loss + (penalty?.value ?? 0),
    gradAlpha: numbers('alpha'),
    ...(state.edges ? { gradEdges: numbers('edges') } : {}),
  };
  const coefficient = clipNorm > 0 ? clipCoefficient(globalNorm(tensors), clipNorm) : 1;
  if (Number.isFinite(loss)) {
    tf.tidy(() => {
      const clipped = Object.entries(tensors).map(([name, g]) => [
        name,
        coefficient === 1 ? g : tf.mul(g, coefficient),
      ]);
      state.alphaOptimiser.update(variables, Object.fromEntries(clipped), learningRate);
    });
    if (state.sampler.gradient === 'score') state.lossAverage = withLoss(state.lossAverage, loss);
  }
  tf.dispose(tensors);
  applyStatistics(state.net, statistics);
  return result;
}

/** The mean of the draws' gradients; scores are first multiplied by their losses less the baseline. */
function averaged(state: SearchState, draws: readonly DrawGradient[]): Record<string, Float64Array> {
  const weighed: readonly DrawGradient[] =
    state.sampler.gradient === 'score' ? withAdvantages(state, draws) : draws;
  const names = Object.keys(architectureVariables(state));
  return Object.fromEntries(
    names.map((name) => {
      const mean = new Float64Array(weighed[0].gradients[name].length);
      for (const { gradients } of weighed)
        for (let i = 0; i < mean.length; i++) mean[i] += gradients[name][i];
      return [name, mean.map((g) => g / weighed.length)];
    }),
  );
}

function withAdvantages(state: SearchState, draws: readonly DrawGradient[]): DrawGradient[] {
  const losses = draws.map(({ loss }) => loss);
  const factors = advantages(losses, state.drawing.scoreBaseline, state.lossAverage);
  return draws.map((d, i) => ({
    ...d,
    gradients: { ...d.gradients, alpha: d.score!.map((s) => factors[i] * s) },
  }));
}

/** The regulariser's penalty and its gradient in alpha, where it has one. */
function penaltyOf({ regulariser, alpha }: SearchState, mask?: number[][]) {
  if (!regulariser.penalty) return undefined;
  const { value, grads } = variableGradients(() => regulariser.penalty!(alpha, mask), [alpha]);
  const penalty = { value: value.dataSync()[0], gradient: Float64Array.from(grads[alpha.name].dataSync()) };
  tf.dispose([value, grads]);
  return penalty;
}
