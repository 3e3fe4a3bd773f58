// The diagnostics of a search after an epoch: what the configuration asks for, measured without touching the search's state.
import * as tf from '@tensorflow/tfjs';
import type { NasBench201 } from '../benchmarks/nasbench201.js';
import type { Dataset } from '../data/types.js';
import { createStream } from '../random/stream.js';
import type { SearchConfig } from '../search/config.js';
import { DEFAULT_DRAWS, diagnosticsDue } from '../search/diagnosticsConfig.js';
import type { SearchState } from '../search/state.js';
import { temperatureAt } from '../search/temperature.js';
import {
  type ArchitectureHessian,
  architectureHessian,
  type DominantEigenvalues,
  dominantEigenvalues,
} from './architectureHessian.js';
import { fixedBatches } from './batches.js';
import { nasbench201Net, rankAll } from './rankAll.js';
import { type RankingRow, rankingReport, truthsOfEntries } from './rankingReport.js';
import { type SamplerScatter, samplerScatter } from './samplerScatter.js';

export interface EpochDiagnostics {
  images: number;
  batchSize: number;
  seconds: number;
  /** The supernet's ranking of all architectures; rows only where a table is at hand. */
  ranking?: { architectures: number; functions: number; rows: RankingRow[]; seconds: number };
  /** Eigenvalues in mu: all on NAS-Bench-201, the extremes in the DARTS space. */
  hessian?: (Omit<ArchitectureHessian, 'matrix'> | DominantEigenvalues) & { seconds: number };
  /** Scatter of alpha's gradient by the search's own sampler. */
  gradientVariance?: Omit<SamplerScatter, 'mean' | 'standardErrors'> & { seconds: number };
}

export interface DiagnosticsInputs {
  dataset: Dataset;
  table?: NasBench201;
  signal?: AbortSignal;
}

/**
 * What is due after the state's epoch, or undefined. Every draw comes from the seed and the epoch, and the state stays as it is:
 * the search goes on to the same bits with and without.
 */
export async function epochDiagnostics(
  config: SearchConfig,
  state: SearchState,
  { dataset, table, signal }: DiagnosticsInputs,
): Promise<EpochDiagnostics | undefined> {
  const { diagnostics, seed } = config;
  if (!diagnostics || !diagnosticsDue(diagnostics, state.epoch, config.epochs)) return undefined;
  const { which, images, batchSize = config.batchSize, draws = DEFAULT_DRAWS } = diagnostics;
  const begun = performance.now();
  const timed = async <T extends object>(measure: () => T | Promise<T>) => {
    const from = performance.now();
    return { ...(await measure()), seconds: (performance.now() - from) / 1000 };
  };
  const stream = createStream(seed, 'diagnostics', state.epoch);
  const batches = fixedBatches(dataset, images, batchSize);
  const result: EpochDiagnostics = { images, batchSize, seconds: 0 };
  try {
    if (which.includes('ranking')) {
      result.ranking = await timed(async () => {
        const scores = await rankAll(nasbench201Net(state), batches, { mask: state.mask, signal });
        const { architectures, functions } = scores;
        return { architectures, functions, rows: table ? rankingReport(scores, truthsOfEntries(table)) : [] };
      });
    }
    if (which.includes('hessian')) {
      result.hessian = await timed(() => {
        const settings = { stream: stream.split('hessian') };
        if (state.space.name === 'darts') return dominantEigenvalues(state, batches, settings);
        const { matrix: _, ...spectrum } = architectureHessian(state, batches, settings);
        return spectrum;
      });
    }
    if (which.includes('gradient-variance')) {
      result.gradientVariance = await timed(() => {
        const {
          mean: _,
          standardErrors: __,
          ...scatter
        } = samplerScatter(state, batches[0], {
          sampler: state.sampler,
          draws,
          stream: stream.split('gradient'),
          temperature: temperatureAt(config, state.epoch - 1),
        });
        return scatter;
      });
    }
  } finally {
    tf.dispose(batches.map(({ x, y }) => [x, y]));
  }
  result.seconds = (performance.now() - begun) / 1000;
  return result;
}
