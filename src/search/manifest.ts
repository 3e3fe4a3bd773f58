// What a run's manifest.json records: all that is needed to repeat the run bit for bit.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/types.js';
import { projectRoot } from '../root.js';
import { type SearchConfig, withoutDefaults } from './config.js';
import type { EpochEvent, LookUp, StageEvent } from './events.js';

export interface BackendRecord {
  name: string;
  engine: string;
  threads: number;
  reason: string;
}

export interface RunResult {
  genotype: string;
  alpha: number[][];
  /** SHA-256 of alpha's float32 values, little-endian: equal digests mean equal bits. */
  alphaSha256: string;
  epochs: number;
  steps: number;
  /** Seconds of computation, summed over resumptions. */
  seconds: number;
  finalTrainLoss: number;
  supernetAccuracy: number | null;
  lookup?: LookUp;
  /** DARTS space: the genotype's cells. */
  cells?: EpochEvent['cells'];
  /** The boundaries between stages, with how far the supernet's output jumped. */
  stages?: StageEvent[];
}

/** What every kind of run records beside its own settings. */
export interface RunRecord {
  dataset: Pick<Dataset, 'name' | 'title' | 'checksum' | 'source' | 'notes'>;
  backend: BackendRecord;
  code: { version: string; commit: string; changed: boolean; lockSha256: string };
  machine: { cpu: string; cores: number; memoryGiB: number; system: string };
  versions: { node: string; tfjs: string };
  status: 'running' | 'interrupted' | 'diverged' | 'finished';
  started: string;
  /** Times at which the run was continued after an interruption. */
  resumed: string[];
}

export interface Manifest extends RunRecord {
  format: 'drnas-run-1';
  /** SHA-256 over configuration, data and supernet; checkpoints carry it. */
  digest: string;
  config: SearchConfig;
  /** Source and SHA-256 of the table that genotypes were looked up in, or null. */
  table: { source: string; checksum: string } | null;
}

export const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

/** JSON with sorted keys, so that equal settings give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, v) =>
    v && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}

/** Digest of what determines a run's numbers; the scale's name, recomputation and how `auto` came to its data set do not. */
export function runDigest(config: SearchConfig, dataset: Pick<Dataset, 'name' | 'checksum'>): string {
  const { scale: _scale, dataset: _dataset, recompute: _recompute, ...settings } = withoutDefaults(config);
  return sha256(canonicalJson({ settings, data: { name: dataset.name, checksum: dataset.checksum } }));
}

/** Digest of alpha's float32 bits. */
export function alphaDigest(alpha: number[][]): string {
  return sha256(new Uint8Array(Float32Array.from(alpha.flat()).buffer));
}

function codeRecord(): RunRecord['code'] {
  const root = projectRoot();
  const git = (...args: string[]) => {
    try {
      return execFileSync('git', ['-C', root, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {
      return '';
    }
  };
  const lock = join(root, 'package-lock.json');
  return {
    version: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version,
    commit: git('rev-parse', 'HEAD') || 'unknown',
    changed: git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'native') !== '',
    lockSha256: existsSync(lock) ? sha256(readFileSync(lock)) : 'none',
  };
}

/** Data, backend, code and machine of a run that starts now. */
export function runRecord(dataset: RunRecord['dataset'], backend: BackendRecord): RunRecord {
  const { name, title, checksum, source, notes } = dataset;
  return {
    dataset: { name, title, checksum, source, notes },
    backend,
    code: codeRecord(),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${platform()} ${release()}`,
    },
    versions: { node: process.version, tfjs: tf.version_core },
    status: 'running',
    started: new Date().toISOString(),
    resumed: [],
  };
}

/** A manifest for a search that starts now. */
export function createManifest(
  config: SearchConfig,
  dataset: Dataset,
  table: { source: string; checksum: string } | undefined,
  backend: BackendRecord,
): Manifest {
  return {
    format: 'drnas-run-1',
    digest: runDigest(config, dataset),
    config,
    table: table ? { source: table.source, checksum: table.checksum } : null,
    ...runRecord(dataset, backend),
  };
}
