// The gradient of alpha through one step of the weights (DARTS, Liu et al. 2019), with its finite difference done right.
import * as tf from '@tensorflow/tfjs';
import { globalNorm } from '../tensor/clip.js';

type Arrays = Record<string, Float64Array>;
type Tensors = Record<string, tf.Tensor>;

/** A bilevel problem at hand. Every function evaluates at the weights' current values, which change between calls. */
export interface BilevelProblem {
  /** Changed during the call, and set back to their own bits. */
  weights: Record<string, tf.Variable>;
  /** d L_train / d w; a weight that the loss does not depend on may lack. The caller disposes it. */
  trainInWeights(): Tensors;
  /** d L_train / d alpha, under the same noise at every call, and the same as trainInWeights. */
  trainInArchitecture(): Arrays;
  /** d L_val / d w and d L_val / d alpha, under noise of its own. It is called once. The tensors are disposed by the caller. */
  valid(): { weights: Tensors; architecture: Arrays };
  /** SGD's momentum of a weight, or undefined before its first step. */
  momentumOf(name: string): ArrayLike<number> | undefined;
}

export interface InnerStep {
  /** xi: the weights' current learning rate. */
  learningRate: number;
  momentum: number;
  weightDecay: number;
}

/**
 * d/d alpha of L_val(w'(alpha), alpha), where one step of the weights' optimiser is unrolled:
 *   w' = w - xi (momentum * buffer + d L_train(w, alpha)/d w + weightDecay * w)
 * By the chain rule that is d L_val(w', alpha)/d alpha - xi d/d alpha <d L_train(w, alpha)/d w, v>, v = d L_val(w', alpha)/d w', and
 * the second term, a mixed second derivative times a vector, is the central difference
 *   [ d L_train(w + eps v, alpha)/d alpha - d L_train(w - eps v, alpha)/d alpha ] / (2 eps),  eps = 0.01 / ||v||
 * (DrNAS architect.py:24-33, 56-104). The inner step is not clipped, as there. No second derivative of theta is needed.
 *
 * Noise. Where theta is drawn, L_train means the loss under one draw: the inner step and both ends of the difference must share it,
 * or the difference is the noise between two draws divided by 2 eps. The reference draws anew for each. L_val has a draw of its
 * own, independent of the training one, so that the result is an unbiased estimate (but for the finite difference) of the gradient of
 * E[L_val(w - xi(...L_train under theta_1), theta_2)], the loss that an independent architecture has after a step of training.
 */
export function unrolledGradient(problem: BilevelProblem, step: InnerStep): Arrays {
  const { weights } = problem;
  const names = Object.keys(weights);
  const saved = Object.fromEntries(names.map((name) => [name, tf.keep(weights[name].clone())]));
  /** Sets w = saved + factor * direction. */
  const moveAlong = (direction: Tensors, factor: number) => {
    for (const name of names) {
      const along = direction[name];
      tf.tidy(() =>
        weights[name].assign(along ? tf.add(saved[name], tf.mul(along, factor)) : saved[name].clone()),
      );
    }
  };
  let validation: ReturnType<BilevelProblem['valid']> | undefined;
  try {
    const inner = problem.trainInWeights();
    for (const [name, gradient] of Object.entries(inner)) {
      tf.tidy(() => weights[name].assign(stepped(saved[name], gradient, problem.momentumOf(name), step)));
    }
    tf.dispose(inner);
    validation = problem.valid();
    const { weights: v, architecture } = validation;
    const norm = globalNorm(v);
    // Where L_val is flat in the weights there is nothing to unroll; where it is not finite, nobody can.
    if (norm === 0 || !Number.isFinite(norm)) return architecture;
    const epsilon = 0.01 / norm;
    moveAlong(v, epsilon);
    const plus = problem.trainInArchitecture();
    moveAlong(v, -epsilon);
    const minus = problem.trainInArchitecture();
    return Object.fromEntries(
      Object.entries(architecture).map(([name, values]) => [
        name,
        // Divided by the product: `/ 2. * eps`, as some public ports have it, multiplies by epsilon.
        values.map((g, i) => g - (step.learningRate * (plus[name][i] - minus[name][i])) / (2 * epsilon)),
      ]),
    );
  } finally {
    moveAlong({}, 0);
    tf.dispose(saved);
    if (validation) tf.dispose(validation.weights);
  }
}

/** One weight after SGD's step. */
function stepped(
  w: tf.Tensor,
  gradient: tf.Tensor,
  buffer: ArrayLike<number> | undefined,
  { learningRate, momentum, weightDecay }: InnerStep,
): tf.Tensor {
  const slope = tf.add(gradient, tf.mul(w, weightDecay));
  const m = buffer ? tf.add(slope, tf.mul(tf.tensor(Float32Array.from(buffer), w.shape), momentum)) : slope;
  return tf.sub(w, tf.mul(m, learningRate));
}
