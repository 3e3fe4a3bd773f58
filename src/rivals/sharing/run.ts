// A rival with weight sharing is a folder, as a search is: manifest, metrics, checkpoint, result; interrupted, it resumes.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NasBench201 } from '../../benchmarks/nasbench201.js';
import { checkImageSize, dataShape } from '../../data/shape.js';
import type { Dataset } from '../../data/types.js';
import { projectRoot } from '../../root.js';
import type { LookUp } from '../../search/events.js';
import { addressedFolder, paths, readEvents, readJson } from '../../search/folder.js';
import { canonicalJson, type RunRecord, runRecord, sha256 } from '../../search/manifest.js';
import { type ResumableOptions, resumableRun } from '../../search/resumable.js';
import { supernetShape } from '../../search/state.js';
import { checkSharingConfig, type SharingConfig } from './config.js';
import type { CandidatesEvent, SharingEpochEvent, SharingEvent } from './events.js';
import { sharingLoop } from './loop.js';
import { candidateImages } from './path.js';
import { createSharingState, disposeSharingState, loadSharing, saveSharing } from './state.js';

export interface SharingManifest extends RunRecord {
  format: 'drnas-rival-1';
  /** SHA-256 over configuration and data; checkpoints carry it. */
  digest: string;
  config: SharingConfig;
  table: { source: string; checksum: string } | null;
}

/** What a search's result has, as far as it has a meaning here, and what the rival spent. */
export interface SharingResult {
  rival: SharingConfig['rival'];
  seed: number;
  genotype: string;
  /** Official index of the answer, and its accuracy (a fraction) with the shared weights on `candidateImages` images. */
  index: number;
  sharedAccuracy: number;
  /** Weight updates, validation batches that taught the controller, and candidates judged at the end. */
  steps: number;
  controllerBatches: number;
  candidates: number;
  /** How many different ones the candidates were. */
  distinct: number;
  epochs: number;
  seconds: number;
  finalTrainLoss: number;
  lookup?: LookUp;
}

export interface StoredRival {
  manifest: SharingManifest;
  epochs: SharingEpochEvent[];
  candidates: CandidatesEvent[];
  result?: SharingResult;
}

/** Reads what a run has left so far. */
export function readRival(folder: string): StoredRival {
  const file = paths(folder);
  if (!existsSync(file.manifest)) throw new Error(`${folder} holds no run: there is no manifest.json in it`);
  const events = readEvents<SharingEvent>(file.metrics);
  return {
    manifest: readJson<SharingManifest>(file.manifest),
    epochs: events.filter((e): e is SharingEpochEvent => e.event === 'epoch'),
    candidates: events.filter((e): e is CandidatesEvent => e.event === 'candidates'),
    result: existsSync(file.result) ? readJson<SharingResult>(file.result) : undefined,
  };
}

/** Digest of what determines a rival's numbers; as of a search's, recomputation does not. */
export function sharingDigest(
  config: SharingConfig,
  { name, checksum }: Pick<Dataset, 'name' | 'checksum'>,
): string {
  const { search, ...own } = config;
  const { scale: _scale, dataset: _dataset, recompute: _recompute, ...settings } = search;
  return sha256(canonicalJson({ ...own, settings, data: { name, checksum } }));
}

/** The folder that a rival's run has under `base`: equal settings on equal data share it. */
export function rivalFolder(
  config: SharingConfig,
  dataset: Dataset,
  base: string = join(projectRoot(), 'runs'),
): string {
  const { scale, seed } = config.search;
  const words = `nb201-${scale}-${dataset.name}-${config.rival}-seed${seed}`;
  return addressedFolder(base, words, sharingDigest(config, dataset));
}

export interface SharingOptions extends ResumableOptions<SharingEvent> {
  dataset: Dataset;
  table?: NasBench201;
}

/** Starts or continues a run and returns its result. Interruption by `signal` rejects with its reason. */
export async function runSharing(config: SharingConfig, options: SharingOptions): Promise<SharingResult> {
  checkSharingConfig(config);
  const { folder, dataset, table, backend, signal } = options;
  const { search } = config;
  checkImageSize(dataset, search);
  candidateImages(dataset, config.candidateImages); // said now, not after the training
  const data = dataShape(dataset);
  const digest = sharingDigest(config, dataset);
  return resumableRun(
    {
      digest,
      epochs: search.epochs,
      createManifest: (): SharingManifest => ({
        format: 'drnas-rival-1',
        digest,
        config,
        table: table ? { source: table.source, checksum: table.checksum } : null,
        ...runRecord(dataset, backend),
      }),
      createState: () => createSharingState(config, supernetShape(search, data)),
      disposeState: disposeSharingState,
      loadState: loadSharing,
      saveState: saveSharing,
      events: (state) => sharingLoop(config, state, { dataset, table, signal }),
      logsStep: () => true,
      finish: () => resultOf(config, readRival(folder)),
      readFinished: () => {
        const { epochs, candidates, result } = readRival(folder);
        return { epochs: [...epochs, ...candidates] as SharingEvent[], result };
      },
    },
    options,
  );
}

function resultOf(config: SharingConfig, { epochs, candidates }: StoredRival): SharingResult {
  const last = epochs[epochs.length - 1];
  const end = candidates[candidates.length - 1];
  const { best, genotype, done, lookup } = end;
  const learned = epochs.filter(({ controller }) => controller !== null).length;
  const { updates, architectures } = config.controller ?? { updates: 0, architectures: 0 };
  const indices = candidates.flatMap(({ latest }) => latest.map(({ index }) => index));
  return {
    rival: config.rival,
    seed: config.search.seed,
    genotype,
    index: best.index,
    sharedAccuracy: best.accuracy,
    steps: last.step,
    controllerBatches: learned * updates * architectures,
    candidates: done,
    distinct: new Set(indices).size,
    epochs: last.epoch,
    seconds: [...epochs, ...candidates].reduce((sum, e) => sum + e.seconds, 0),
    finalTrainLoss: last.trainLoss,
    ...(lookup ? { lookup } : {}),
  };
}
