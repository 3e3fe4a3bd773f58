// The Hessian of the validation loss in the architecture parameters of a search: its whole spectrum, or its extremes.
import * as tf from '@tensorflow/tfjs';
import { normal } from '../random/normal.js';
import type { Stream } from '../random/stream.js';
import { edgeWeights } from '../search/edgeWeights.js';
import { dirichletMeanSampler } from '../search/samplers/dirichlet.js';
import { softmaxSampler } from '../search/samplers/softmax.js';
import { alphaRows, type SearchState } from '../search/state.js';
import type { TensorBatch } from '../search/step.js';
import { softmaxCrossEntropy } from '../tensor/softmaxCrossEntropy.js';
import { variableGradients } from '../tensor/variableGradients.js';
import { chooseStep, differenceHessian, type Gradient, hessianTimes, type StepCheck } from './hessian.js';
import { extremeEigenvalues, symmetricEigenvalues } from './spectrum.js';

/**
 * `alpha`: the free parameters themselves, through the expected mixing weights: beta/S with beta = elu(alpha) + 1 for the
 * Dirichlet samplers, softmax(alpha) for the others. `mu`: the softmax basis of the paper's proposition 1, theta = softmax(mu) with
 * mu = ln theta less its mean; for softmax it is alpha itself. elu has a jump in its second derivative at 0, where alpha
 * begins, and differences across it give the mean of both sides: mu is the choice that can be compared between epochs and
 * samplers, and the default.
 */
export type HessianVariable = 'alpha' | 'mu';

export interface HessianOptions {
  variable?: HessianVariable;
  /** Added to the diagonal, as the tools of the field do with alpha's weight decay. Default 0: the loss's own Hessian. */
  weightDecay?: number;
  /** Step of the differences; default: chosen by a convergence check. */
  step?: number;
  /** Draws the direction of that check, and where Lanczos' iteration begins. */
  stream: Stream;
}

interface HessianCommon {
  variable: HessianVariable;
  /** Parameters: the entries of alpha that no mask removes. */
  size: number;
  weightDecay: number;
  step: number;
  /** Of the convergence check; empty where the step was given. */
  checks: StepCheck[];
  images: number;
  /** Gradients that were computed, each over all images. */
  gradients: number;
}

export interface ArchitectureHessian extends HessianCommon {
  /** All eigenvalues, the largest first. */
  eigenvalues: number[];
  trace: number;
  /** Estimated from the asymmetry of the differences: an eigenvalue may be off by so much, and relative to the matrix. */
  error: number;
  asymmetry: number;
  matrix: number[][];
}

export interface DominantEigenvalues extends HessianCommon {
  largest: number;
  smallest: number;
  /** Distance within which an eigenvalue lies. */
  residuals: { largest: number; smallest: number };
  iterations: number;
}

/**
 * All eigenvalues of the Hessian of the mean cross entropy on the batches: two gradients a parameter. `error` belongs to every
 * number of it: the gradient jumps at each ReLU, and with few images, or early in a search, it can be as large as the eigenvalues;
 * more images lower it. Second derivatives by double backpropagation, which the field uses, leave these jumps out.
 */
export function architectureHessian(
  state: SearchState,
  batches: readonly TensorBatch[],
  options: HessianOptions,
): ArchitectureHessian {
  const { gradient, point, common } = prepare(state, batches, options);
  const { matrix, error, asymmetry } = differenceHessian(gradient, point, common.step);
  matrix.forEach((row, i) => {
    row[i] += common.weightDecay;
  });
  const eigenvalues = symmetricEigenvalues(matrix);
  const trace = matrix.reduce((sum, row, i) => sum + row[i], 0);
  return {
    ...common,
    gradients: common.gradients + 2 * point.length,
    eigenvalues,
    trace,
    error,
    asymmetry,
    matrix,
  };
}

/** The largest and the smallest eigenvalue by Lanczos' iteration: two gradients an iteration, for the 196 parameters of the DARTS space. */
export function dominantEigenvalues(
  state: SearchState,
  batches: readonly TensorBatch[],
  options: HessianOptions & { iterations?: number; tolerance?: number },
): DominantEigenvalues {
  const { gradient, point, common } = prepare(state, batches, options);
  const { iterations, tolerance } = options;
  const { weightDecay } = common;
  const found = extremeEigenvalues(
    (v) => hessianTimes(gradient, point, v, common.step).map((product, i) => product + weightDecay * v[i]),
    point.length,
    {
      stream: options.stream.split('lanczos'),
      ...(iterations === undefined ? {} : { iterations }),
      ...(tolerance === undefined ? {} : { tolerance }),
    },
  );
  return { ...common, ...found, gradients: common.gradients + 2 * found.iterations };
}

function prepare(state: SearchState, batches: readonly TensorBatch[], options: HessianOptions) {
  const { variable = 'mu', weightDecay = 0, stream } = options;
  const { point, gradient } = architectureGradient(state, batches, variable);
  const direction = point.map(() => normal(stream));
  const chosen = options.step === undefined ? chooseStep(gradient, point, direction) : undefined;
  const common: HessianCommon = {
    variable,
    size: point.length,
    weightDecay,
    step: options.step ?? chosen!.step,
    checks: chosen?.checks ?? [],
    images: batches.reduce((sum, { y }) => sum + y.shape[0], 0),
    gradients: chosen ? 2 * chosen.checks.length : 0,
  };
  return { gradient, point, common };
}

/** mu [rows][operations] of mixing weights: ln theta less its mean over what is kept; 0 for what is not. */
export function centredLogits(theta: number[][], mask?: number[][]): number[][] {
  return theta.map((row, r) => {
    const kept = row.map((_, o) => mask?.[r][o] !== 0);
    const logs = row.map((p, o) => (kept[o] ? Math.log(p) : 0));
    const mean = logs.reduce((a, b) => a + b, 0) / kept.filter(Boolean).length;
    return logs.map((l, o) => (kept[o] ? l - mean : 0));
  });
}

/**
 * Where the variable stands, its kept entries row by row, and the gradient there of the mean cross entropy over all images. Batch norms
 * use their batch's statistics, as in the search's architecture step.
 */
export function architectureGradient(
  state: SearchState,
  batches: readonly TensorBatch[],
  variable: HessianVariable,
): { point: Float64Array; gradient: Gradient } {
  const { mask, space, net, edges } = state;
  const alpha = alphaRows(state);
  const rows = variable === 'alpha' ? alpha : centredLogits(state.sampler.expected(alpha, mask), mask);
  const dirichlet = variable === 'alpha' && state.sampler.family === 'dirichlet';
  const { sample } = dirichlet ? dirichletMeanSampler : softmaxSampler;
  const all = rows.flat();
  const free = all.map((_, i) => i).filter((i) => mask?.flat()[i] !== 0);
  const images = batches.reduce((sum, { y }) => sum + y.shape[0], 0);
  const gradient: Gradient = (point) => {
    const values = Float32Array.from(all);
    free.forEach((i, f) => {
      values[i] = point[f];
    });
    const sum = new Float64Array(free.length);
    const at = tf.tidy(() => tf.variable(tf.tensor2d(values, state.alpha.shape)));
    for (const { x, y } of batches) {
      const { value, grads } = variableGradients(() => {
        // Neither sampler draws; both only need to know what is left.
        const mixing = sample(at, { mask, stream: undefined as never });
        const theta = edges ? tf.mul<tf.Tensor2D>(mixing, edgeWeights(edges, space.edgeGroups)) : mixing;
        const logits = space.forward(net, x, theta, {
          training: true,
          mask: mask?.flat(),
          needs: 'alpha',
        });
        return softmaxCrossEntropy(logits, y);
      }, [at as tf.Variable]);
      const values = grads[at.name].dataSync();
      free.forEach((i, f) => {
        sum[f] += (values[i] * y.shape[0]) / images;
      });
      tf.dispose([value, grads]);
    }
    at.dispose();
    return sum;
  };
  return { point: Float64Array.from(free, (i) => all[i]), gradient };
}
