// How a search's supernet ranks all architectures of NAS-Bench-201, over seeds; small enough to be kept, so that it need not be made again.
import { existsSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { quantileSorted } from 'simple-statistics';
import { writeAtomically } from '../atomic.js';
import { ranks } from '../benchmarks/orderStatistics.js';
import { fixedBatches } from '../diagnostics/batches.js';
import { nasbench201Net, type RankProgress, rankAll, type SupernetScores } from '../diagnostics/rankAll.js';
import { type RankingRow, rankingReport, type Truth } from '../diagnostics/rankingReport.js';
import { loadCheckpoint } from '../search/checkpoint.js';
import type { SearchConfig } from '../search/config.js';
import { paths, readRun } from '../search/folder.js';
import { canonicalJson, runDigest, sha256 } from '../search/manifest.js';
import { cachedSearch, type Workplace } from '../search/start.js';
import { createSearchState, disposeSearchState, supernetShape } from '../search/state.js';

/** What architectures of neighbouring ranks by the supernet really reach: CIFAR-10 test accuracy, percent. */
export interface RankBin {
  /** Middle of the ranks, 1 for the supernet's best. */
  rank: number;
  low: number;
  median: number;
  high: number;
}

export interface SupernetRanking {
  /** Of the search's settings and of what it was ranked on; where the data lie has no part. */
  request: string;
  sampler: SearchConfig['sampler'];
  seed: number;
  /** The supernet before its first step: the baseline of random weights. */
  initial: boolean;
  images: number;
  batchSize: number;
  functions: number;
  /** Of the ranking alone. */
  seconds: number;
  rows: RankingRow[];
  bins: RankBin[];
}

export interface RankingOptions {
  truths: readonly Truth[];
  /** Default 128 images in batches of 64. */
  images?: number;
  batchSize?: number;
  initial?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: RankProgress) => void;
}

const DEFAULTS = { images: 128, batchSize: 64, initial: false };
const BINS = 25;

/** Digest of a search and of what it is ranked on. */
export const rankingRequest = (
  config: SearchConfig,
  options: Pick<RankingOptions, 'images' | 'batchSize' | 'initial'> = {},
): string => {
  const { images, batchSize, initial } = { ...DEFAULTS, ...options };
  const search = runDigest(config, { name: config.dataset as never, checksum: '' });
  return sha256(canonicalJson({ search, images, batchSize, initial }));
};

/** Quantiles 0.1, 0.5 and 0.9 of the truth in 25 equal parts of the ranking by loss, from the supernet's best on. */
export function rankBins({ loss }: Pick<SupernetScores, 'loss'>, truth: ArrayLike<number>): RankBin[] {
  const rank = ranks(loss.map((value) => -value));
  const known = Array.from(rank, (_, i) => i).filter((i) => rank[i] > 0 && !Number.isNaN(truth[i]));
  known.sort((a, b) => rank[a] - rank[b] || a - b);
  return Array.from({ length: BINS }, (_, bin) => {
    const [from, to] = [bin, bin + 1].map((b) => Math.round((b * known.length) / BINS));
    const values = known
      .slice(from, to)
      .map((i) => truth[i])
      .sort((a, b) => a - b);
    const at = (share: number) => Number(quantileSorted(values, share).toFixed(3));
    return { rank: (from + to + 1) / 2, low: at(0.1), median: at(0.5), high: at(0.9) };
  });
}

/** Runs the search, or takes it from its folder, and ranks all 15,625 architectures by its weights. */
export async function supernetRanking(
  config: SearchConfig,
  workplace: Workplace,
  { truths, signal, onProgress, ...asked }: RankingOptions,
): Promise<SupernetRanking> {
  const { images, batchSize, initial } = { ...DEFAULTS, ...asked };
  const { folder } = await cachedSearch(config, workplace, { signal });
  const { dataset } = workplace;
  const batches = fixedBatches(dataset, images, batchSize);
  const data = { classes: dataset.classes.length, imageChannels: dataset.channels };
  const state = createSearchState(config, supernetShape(config, data));
  try {
    if (!initial) loadCheckpoint(paths(folder).checkpoint, state, readRun(folder).manifest.digest);
    const begun = performance.now();
    const scores = await rankAll(nasbench201Net(state), batches, { mask: state.mask, signal, onProgress });
    const seconds = Number(((performance.now() - begun) / 1000).toFixed(1));
    const cifar10 = truths.find(({ dataset, set }) => dataset === 'cifar10' && set === 'test');
    return {
      request: rankingRequest(config, { images, batchSize, initial }),
      ...{ sampler: config.sampler, seed: config.seed, initial, images, batchSize },
      ...{ functions: scores.functions, seconds },
      rows: rankingReport(scores, truths),
      bins: cifar10 ? rankBins(scores, cifar10.values) : [],
    };
  } finally {
    disposeSearchState(state);
    tf.dispose(batches.map(({ x, y }) => [x, y]));
  }
}

interface RankingFile {
  format: 'drnas-rankings-1';
  rankings: SupernetRanking[];
}

/** The rankings of a file by their requests; none where it does not exist. */
export function readRankings(file: string): Map<string, SupernetRanking> {
  if (!existsSync(file)) return new Map();
  const { format, rankings }: RankingFile = JSON.parse(readFileSync(file, 'utf8'));
  if (format !== 'drnas-rankings-1')
    throw new Error(`${file} has the format ${JSON.stringify(format)}, expected drnas-rankings-1`);
  return new Map(rankings.map((ranking) => [ranking.request, ranking]));
}

/** One ranking a line. */
export function writeRankings(file: string, rankings: readonly SupernetRanking[]): void {
  const lines = rankings.map((ranking) => JSON.stringify(ranking)).join(',\n');
  writeAtomically(file, `{"format":"drnas-rankings-1","rankings":[\n${lines}\n]}\n`);
}
