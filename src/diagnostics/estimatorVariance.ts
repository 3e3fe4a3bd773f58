// How noisy each estimator of alpha's gradient is on a loss of theta alone, without a supernet: mean and variance over many draws.
import * as tf from '@tensorflow/tfjs';
import { createStream } from '../random/stream.js';
import { advantages, type MovingAverage, type ScoreBaseline, withLoss } from '../search/samplers/baseline.js';
import type { Draw, Sampler, SamplerOptions } from '../search/samplers/sampler.js';
import { samplerOf } from '../search/samplers/samplerOf.js';
import type { SamplerName } from '../search/samplers/traits.js';
import { gradientScatter } from './gradientVariance.js';

/** A loss of mixing weights [rows, operations]; `mask` has 0 where an operation need not be computed. */
export type LossOfTheta = (theta: tf.Tensor2D, mask: number[] | undefined) => tf.Scalar;

export interface EstimatorReport {
  sampler: SamplerName;
  /** Estimates, each of `samplesPerStep` draws. */
  estimates: number;
  samplesPerStep: number;
  /** Mean of the estimates, like alpha, and its standard error, entry by entry. */
  mean: number[][];
  standardError: number[][];
  /** Trace of the estimates' covariance: the expected squared distance of an estimate to the mean. */
  variance: number;
  /** Variance over that of the sampler `dirichlet` among those asked for; undefined where it is not, or has none. */
  relative?: number;
  /** Mean loss over all draws. */
  loss: number;
}

export interface EstimatorOptions extends SamplerOptions {
  /** Default 1000. */
  estimates?: number;
  /** Default 1. */
  samplesPerStep?: number;
  /** Default 0. */
  seed?: number;
  /** Of the Gumbel samplers. Default 1. */
  temperature?: number;
  /** Of dirichlet-score. Default auto. */
  scoreBaseline?: ScoreBaseline;
  /** Operations that are left, one row for each of alpha. */
  mask?: number[][];
}

/**
 * Draws `estimates` gradients of E[loss(theta)] in alpha with each sampler and compares them. Only samplers of one family have the
 * same distribution of theta, and so the same true gradient: `dirichlet` and `dirichlet-score` can be compared by variance alone,
 * the others also by what they estimate.
 */
export function estimatorVariance(
  loss: LossOfTheta,
  alpha: number[][],
  samplers: readonly SamplerName[],
  options: EstimatorOptions = {},
): EstimatorReport[] {
  const reports = samplers.map((name) => measure(loss, alpha, name, options));
  const pathwise = reports.find(({ sampler }) => sampler === 'dirichlet')?.variance;
  return reports.map((report) => (pathwise ? { ...report, relative: report.variance / pathwise } : report));
}

function measure(
  loss: LossOfTheta,
  alpha: number[][],
  name: SamplerName,
  options: EstimatorOptions,
): EstimatorReport {
  const {
    estimates = 1000,
    samplesPerStep = 1,
    seed = 0,
    temperature,
    scoreBaseline = 'auto',
    mask,
  } = options;
  const sampler = samplerOf(name, options);
  let average: MovingAverage = { mean: 0, count: 0 };
  let totalLoss = 0;
  const estimate = (n: number): Float64Array => {
    const draws = Array.from({ length: samplesPerStep }, (_, s) =>
      gradientOf(loss, alpha, sampler, { stream: createStream(seed, 'estimate', n, s), temperature, mask }),
    );
    const losses = draws.map((d) => d.loss);
    const factors = sampler.scored ? advantages(losses, scoreBaseline, average) : losses.map(() => 1);
    const meanLoss = losses.reduce((a, b) => a + b, 0) / losses.length;
    average = withLoss(average, meanLoss);
    totalLoss += meanLoss / estimates;
    const flat = draws.map(({ gradient }) => gradient.flat());
    return Float64Array.from(
      flat[0],
      (_, i) => flat.reduce((sum, g, d) => sum + factors[d] * g[i], 0) / draws.length,
    );
  };
  const { mean, standardErrors, variance } = gradientScatter(estimate, estimates);
  const width = alpha[0].length;
  const rows = (flat: number[]) => alpha.map((_, e) => flat.slice(e * width, (e + 1) * width));
  return {
    sampler: name,
    estimates,
    samplesPerStep,
    mean: rows(mean),
    standardError: rows(standardErrors),
    variance,
    loss: totalLoss,
  };
}

/** The loss of one draw, and its gradient in alpha or, of a score-function sampler, the score. */
function gradientOf(
  loss: LossOfTheta,
  alpha: number[][],
  sampler: Sampler,
  draw: Draw,
): { loss: number; gradient: number[][] } {
  const scored = sampler.scored?.(alpha, draw);
  const theta = scored?.theta ?? draw.theta;
  let value = 0;
  const evaluate = (a: tf.Tensor2D): tf.Scalar => {
    const drawn = sampler.sample(a, { ...draw, theta });
    const mask = sampler.oneHot ? Array.from(drawn.dataSync(), (t) => (t === 0 ? 0 : 1)) : draw.mask?.flat();
    const result = loss(drawn, mask);
    value = result.dataSync()[0];
    // Keeps the tape connected where a path's loss does not use theta.
    return tf.add<tf.Scalar>(result, tf.mul(tf.sum(drawn), 0));
  };
  return tf.tidy(() => {
    const at = tf.tensor2d(alpha);
    if (scored || sampler.gradient === 'none') {
      evaluate(at);
      return { loss: value, gradient: scored?.score ?? alpha.map((row) => row.map(() => 0)) };
    }
    const gradient = tf.grad((a: tf.Tensor) => evaluate(a as tf.Tensor2D))(at) as tf.Tensor2D;
    return { loss: value, gradient: gradient.arraySync() };
  }) as { loss: number; gradient: number[][] };
}
