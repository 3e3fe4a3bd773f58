// The gradient of the architecture parameters for one draw of theta: first order, second order, or a score to be weighed.
import * as tf from '@tensorflow/tfjs';
import type { BatchStatistics } from '../spaces/layers.js';
import { differentiate, type PassResult } from './pass.js';
import type { Draw } from './samplers/sampler.js';
import { architectureVariables, type SearchState } from './state.js';
import type { TensorBatch } from './tensorBatch.js';
import { type InnerStep, unrolledGradient } from './unrolled.js';

/** One draw's result and gradients by name: alpha (row-major), and the edges' parameters where there are any. */
export interface DrawGradient extends PassResult {
  gradients: Record<string, Float64Array>;
  /** Of a score-function sampler, in the place of alpha's gradient: d ln p / d alpha. */
  score?: Float64Array;
}

/** The second order's training batch and step of the weights. */
export interface SecondOrder extends InnerStep {
  train: TensorBatch;
}

/** Gradients by the variables' own names as arrays by ours; a variable that the loss does not depend on has zeros. */
function asArrays(
  grads: tf.NamedTensorMap,
  variables: Record<string, tf.Variable>,
): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => {
      const gradient = grads[variable.name];
      return [name, gradient ? Float64Array.from(gradient.dataSync()) : new Float64Array(variable.size)];
    }),
  );
}

/**
 * First order: the loss on a validation batch under one draw, differentiated with the weights as they are. A score-function
 * sampler needs no backward pass for alpha. Batch statistics go to `statistics`, or are freed.
 */
export function firstOrderGradient(
  state: SearchState,
  batch: TensorBatch,
  draw: Draw,
  statistics?: BatchStatistics[],
): DrawGradient {
  const { alpha, ...others } = architectureVariables(state);
  const variables = { ...(state.sampler.gradient === 'score' ? {} : { alpha }), ...others };
  const pass = differentiate(state, batch, draw, 'alpha', Object.values(variables), statistics);
  const gradients = asArrays(pass.grads, variables);
  tf.dispose(pass.grads);
  const { loss, accuracy, score } = pass;
  return { loss, accuracy, gradients, ...(score ? { score } : {}) };
}

/**
 * Second order: through one step of the weights on the training batch (unrolled.ts says with which noise). The training draw is
 * `draw.stream.split('unrolled')`, opened anew for each of its three passes, so they mix by the same theta. Loss and accuracy are
 * those of the stepped weights. Running statistics are left to the weight update.
 */
export function secondOrderGradient(
  state: SearchState,
  batch: TensorBatch,
  draw: Draw,
  { train, ...step }: SecondOrder,
): DrawGradient {
  const weights = state.net.parameters;
  const architecture = architectureVariables(state);
  const byName = (grads: tf.NamedTensorMap) =>
    Object.fromEntries(
      Object.entries(weights).flatMap(([name, variable]) => {
        const gradient = grads[variable.name];
        return gradient ? [[name, gradient]] : [];
      }),
    );
  const trainDraw = (): Draw => ({ ...draw, stream: draw.stream.split('unrolled') });
  const buffers = state.weightOptimiser.exportState();
  let result: PassResult = { loss: 0, accuracy: 0 };
  const gradients = unrolledGradient(
    {
      weights,
      trainInWeights: () =>
        byName(differentiate(state, train, trainDraw(), 'weights', Object.values(weights)).grads),
      trainInArchitecture: () => {
        const { grads } = differentiate(state, train, trainDraw(), 'alpha', Object.values(architecture));
        const arrays = asArrays(grads, architecture);
        tf.dispose(grads);
        return arrays;
      },
      valid: () => {
        const variables = [...Object.values(weights), ...Object.values(architecture)];
        const { grads, loss, accuracy } = differentiate(state, batch, draw, 'all', variables);
        result = { loss, accuracy };
        const arrays = asArrays(grads, architecture);
        tf.dispose(Object.values(architecture).map(({ name }) => grads[name] ?? []));
        return { weights: byName(grads), architecture: arrays };
      },
      momentumOf: (name) => buffers[name],
    },
    step,
  );
  return { ...result, gradients };
}
