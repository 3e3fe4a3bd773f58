// How much memory a search step takes, by the partial-channel divisor k: measured, each k in a process of its own, or reckoned.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { chooseBackend, type Preference } from '../backend/choose.js';
import { registered } from '../backend/register.js';
import { estimateMemory, type PlannedEngine } from '../memoryPlan/estimate.js';
import { residentBytes } from '../processMemory.js';
import { integer } from '../random/integer.js';
import { normal } from '../random/normal.js';
import { createStream } from '../random/stream.js';
import { projectRoot } from '../root.js';
import { type SearchConfig, searchConfig } from '../search/config.js';
import { createSearchState, disposeSearchState, supernetShape } from '../search/state.js';
import { architectureStep, type TensorBatch, weightStep } from '../search/step.js';
import type { SpaceName } from '../spaces/space.js';

/** What is measured; sizes that are absent are the paper's. */
export interface MemoryOptions {
  space: SpaceName;
  channels?: number;
  /** Cells a stage on NAS-Bench-201, all cells in the DARTS space. */
  cells?: number;
  imageSize?: number;
  batchSize?: number;
  /** Images computed at once, and whether cells are recomputed; see the search's settings of these names. */
  microBatch?: number;
  recompute?: boolean;
  backend?: Exclude<Preference, 'auto'>;
  threads?: number;
}

export interface MemoryRow {
  k: number;
  /** Weights of the supernet. */
  parameters: number;
  /** Of the process: at most, and before the supernet was made (Node and the kit). */
  peakResidentBytes: number;
  restBytes: number;
  /** The most bytes of tensors and working memory at once; absent on a backend that does not count them. */
  poolPeakBytes?: number;
}

export interface MemoryTable {
  options: MemoryOptions;
  engine: string;
  rows: (MemoryRow | { k: number; error: string })[];
}

/** The paper's search with these sizes and this k, in one stage. */
export function memoryConfig(
  { space, channels, cells, imageSize, batchSize, microBatch, recompute }: MemoryOptions,
  k: number,
): SearchConfig {
  const depth = cells && (space === 'darts' ? { cells } : { cellsPerStage: cells });
  const sizes = {
    ...(channels && { channels }),
    ...depth,
    ...(imageSize && { imageSize }),
    ...(batchSize && { batchSize }),
    ...(microBatch && { microBatch }),
    ...(recompute && { recompute }),
  };
  return searchConfig('paper', { space, ...sizes, stages: null, k });
}

const DATA = { classes: 10, imageChannels: 3 };

function randomBatch({ batchSize, imageSize }: SearchConfig): TensorBatch {
  const stream = createStream(0, 'memory');
  const shape: [number, number, number, number] = [batchSize, imageSize, imageSize, DATA.imageChannels];
  const pixels = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => normal(stream));
  const labels = Int32Array.from({ length: batchSize }, () => integer(stream, DATA.classes));
  return { x: tf.tensor4d(pixels, shape), y: tf.tensor1d(labels, 'int32') };
}

/** One architecture update and one weight update in this process. Its peak counts whatever the process did before. */
export async function measureHere(
  options: MemoryOptions,
  k: number,
): Promise<MemoryRow & { engine: string }> {
  const config = memoryConfig(options, k);
  const { backend, threads } = options;
  const choice = await chooseBackend({ prefer: backend ?? 'auto', threads, log: () => {} });
  const restBytes = residentBytes('now');
  const state = createSearchState(config, supernetShape(config, DATA));
  const batch = randomBatch(config);
  const stream = (pass: string) => ({ stream: createStream(config.seed, 'theta', 0, pass) });
  const { clipNorm, clipIncludesAlpha, weightLearningRate } = config;
  architectureStep(state, batch, config.alphaLearningRate, stream('valid'));
  const rate = { learningRate: weightLearningRate.initial, clipNorm, clipIncludesAlpha };
  weightStep(state, batch, rate, stream('train'));
  const poolPeakBytes = registered(choice.name)?.pool.statistics().peak;
  const parameters = Object.values(state.net.parameters).reduce((sum, { size }) => sum + size, 0);
  tf.dispose([batch.x, batch.y]);
  disposeSearchState(state);
  return {
    k,
    parameters,
    peakResidentBytes: residentBytes('peak'),
    restBytes,
    ...(poolPeakBytes !== undefined && { poolPeakBytes }),
    engine: choice.engine,
  };
}

/** Flags of `drnas memory` for these options. */
function flagsOf({ space, backend, recompute, ...sizes }: MemoryOptions): string[] {
  const names = {
    channels: '--channels',
    cells: '--cells',
    imageSize: '--image-size',
    batchSize: '--batch-size',
    microBatch: '--micro-batch',
    threads: '--threads',
  };
  const given = Object.entries(sizes).filter(([, value]) => value !== undefined);
  return [
    ...['--space', space, ...(backend ? ['--backend', backend] : []), ...(recompute ? ['--recompute'] : [])],
    ...given.flatMap(([name, value]) => [names[name as keyof typeof names], String(value)]),
  ];
}

/** A table over several k; a k whose supernet does not fit into memory has its error instead of numbers. */
export function measureMemory(
  options: MemoryOptions,
  ks: readonly number[],
  { onRow }: { onRow?: (row: MemoryTable['rows'][number]) => void } = {},
): MemoryTable {
  for (const k of ks) memoryConfig(options, k); // all are refused before the first is measured
  let engine = 'none';
  const rows = ks.map((k) => {
    const command = [
      join(projectRoot(), 'bin', 'drnas.mjs'),
      'memory',
      ...flagsOf(options),
      '--k',
      String(k),
      '--here',
    ];
    const child = spawnSync(process.execPath, command, { encoding: 'utf8', maxBuffer: 1 << 24 });
    let row: MemoryTable['rows'][number];
    if (child.status === 0) {
      const { engine: used, ...measured } = JSON.parse(child.stdout) as MemoryRow & { engine: string };
      engine = used;
      row = measured;
    } else {
      const said = child.stderr.trim().split('\n').pop() || 'no message';
      row = {
        k,
        error: child.signal
          ? `ended by ${child.signal}${child.signal === 'SIGKILL' ? ', as Linux does where memory runs out' : ''}`
          : said,
      };
    }
    onRow?.(row);
    return row;
  });
  return { options, engine, rows };
}

export interface ReckonedRow {
  k: number;
  parameters: number;
  /** Tensors and working memory at once, and what is taken from the system for them. */
  tensors: number;
  taken: number;
}

/** What measureMemory would measure, without computing: the same table before anything is run. */
export async function reckonMemory(
  options: MemoryOptions,
  ks: readonly number[],
  engine: PlannedEngine,
): Promise<ReckonedRow[]> {
  const configs = ks.map((k) => memoryConfig(options, k)); // all are refused before the first is reckoned
  const rows: ReckonedRow[] = [];
  for (const config of configs) {
    // The evaluation after an epoch is no part of a step.
    const { stages } = await estimateMemory(
      { ...config, evaluationImages: 0 },
      { engine, threads: options.threads, data: DATA },
    );
    const [{ k, parameters, tensors, taken }] = stages;
    rows.push({ k, parameters, tensors, taken });
  }
  return rows;
}
