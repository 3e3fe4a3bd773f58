// The scatter of alpha's gradient by each sampler, on one batch and with the weights as they are.
import type { Stream } from '../random/stream.js';
import { firstOrderGradient } from '../search/architectureGradient.js';
import { advantages, type ScoreBaseline } from '../search/samplers/baseline.js';
import type { Sampler } from '../search/samplers/sampler.js';
import { samplerOf } from '../search/samplers/samplerOf.js';
import type { SearchState } from '../search/state.js';
import type { TensorBatch } from '../search/tensorBatch.js';
import { type GradientScatter, gradientScatter } from './gradientVariance.js';

export interface SamplerScatter extends GradientScatter {
  sampler: Sampler['name'];
  /** Of the samplers that have one. */
  temperature?: number;
  baseline?: ScoreBaseline;
  /** Mean cross entropy over the draws. */
  loss: number;
}

export interface ScatterOptions {
  sampler: Sampler;
  draws: number;
  /** Draw d is made from `stream.split(d)`. */
  stream: Stream;
  /** Of the Gumbel samplers. Default 1. */
  temperature?: number;
  /**
   * Of the score-function sampler: `auto` takes off each draw's loss the mean of all others', `none` nothing. Default auto,
   * close to the best that a constant can do.
   */
  baseline?: Exclude<ScoreBaseline, 'moving-average'>;
}

/**
 * Mean and variance of the first-order gradient in alpha over independent draws on one batch, the regulariser left out. Changes
 * nothing of the state: no statistics are blended, no average is kept.
 */
export function samplerScatter(
  state: SearchState,
  batch: TensorBatch,
  { sampler, draws, stream, temperature, baseline = 'auto' }: ScatterOptions,
): SamplerScatter {
  if (sampler.gradient === 'none')
    throw new Error(
      `with the sampler ${sampler.name} alpha does not learn, so it has no gradient to measure`,
    );
  const own = { ...state, sampler };
  const passes = Array.from({ length: draws }, (_, d) =>
    firstOrderGradient(own, batch, {
      stream: stream.split(d),
      mask: state.mask,
      ...(sampler.temperature ? { temperature: temperature ?? 1 } : {}),
    }),
  );
  const losses = passes.map(({ loss }) => loss);
  const factors =
    sampler.gradient === 'score' ? advantages(losses, baseline, { mean: 0, count: 0 }) : undefined;
  const gradients = passes.map(({ score, gradients }, d) =>
    factors && score ? score.map((s) => factors[d] * s) : gradients.alpha,
  );
  return {
    sampler: sampler.name,
    ...(sampler.temperature ? { temperature: temperature ?? 1 } : {}),
    ...(factors ? { baseline } : {}),
    loss: losses.reduce((a, b) => a + b, 0) / draws,
    ...gradientScatter((d) => gradients[d], draws),
  };
}

export interface ScatterRow extends SamplerScatter {
  /** Variance over that of the first row: how many times more draws give an equally certain gradient. */
  relative: number;
  /**
   * Largest distance of the mean to the first row's in standard errors of the difference; about 2 to 3 where both estimate the
   * same. Other samplers differentiate other objectives and need not agree.
   */
  distance: number;
}

/** One sampler of a table, with what it needs. */
export type ScatterCase = Pick<ScatterOptions, 'temperature' | 'baseline'> & { sampler: Sampler };

/** The estimators of the Dirichlet's gradient first, then those of the softmax family. */
export const scatterCases = (): ScatterCase[] => [
  { sampler: samplerOf('dirichlet') },
  { sampler: samplerOf('dirichlet-score'), baseline: 'auto' },
  { sampler: samplerOf('dirichlet-score'), baseline: 'none' },
  { sampler: samplerOf('gumbel-softmax'), temperature: 10 },
  { sampler: samplerOf('gumbel-softmax'), temperature: 1 },
  { sampler: samplerOf('gdas'), temperature: 10 },
  { sampler: samplerOf('gdas'), temperature: 1 },
  { sampler: samplerOf('dsnas') },
  { sampler: samplerOf('logistic-normal') },
];

/** The table over samplers on one batch; relative to the first case, which should be pathwise. */
export function scatterTable(
  state: SearchState,
  batch: TensorBatch,
  {
    draws,
    stream,
    cases = scatterCases(),
  }: { draws: number; stream: Stream; cases?: readonly ScatterCase[] },
): ScatterRow[] {
  const rows = cases.map((settings, i) =>
    samplerScatter(state, batch, { ...settings, draws, stream: stream.split(i) }),
  );
  const [first] = rows;
  return rows.map((row) => ({
    ...row,
    relative: row.variance / first.variance,
    distance: Math.max(
      ...row.mean.map((m, i) => {
        const error = Math.hypot(row.standardErrors[i], first.standardErrors[i]);
        return error > 0 ? Math.abs(m - first.mean[i]) / error : 0;
      }),
    ),
  }));
}
