// From a configuration to a running training: backend, data and folder.
import { join } from 'node:path';
import { chooseBackend, type Preference } from '../backend/choose.js';
import { openDataset } from '../data/open.js';
import type { Dataset } from '../data/types.js';
import { projectRoot } from '../root.js';
import { addressedFolder } from '../search/folder.js';
import type { BackendRecord } from '../search/manifest.js';
import { checkEvaluationConfig, type EvaluationConfig } from './config.js';
import type { FoundArchitecture } from './network.js';
import { type EvaluationOptions, type EvaluationResult, evaluationDigest, runEvaluation } from './run.js';

export interface EvaluationWorkplace {
  backend: BackendRecord;
  dataset: Dataset;
}

/** Chooses the backend and opens the data set of a configuration. */
export async function openEvaluationWorkplace(
  config: EvaluationConfig,
  options: {
    backend?: Preference;
    threads?: number;
    dataFolder?: string;
    log?: (line: string) => void;
  } = {},
): Promise<EvaluationWorkplace> {
  checkEvaluationConfig(config);
  const { log, threads: wanted, dataFolder: folder } = options;
  const { name, engine, threads, reason } = await chooseBackend({
    prefer: options.backend,
    threads: wanted,
    log,
  });
  log?.(`backend: ${engine}, ${threads} thread(s)`);
  const dataset = await openDataset(config.dataset, { imageSize: config.imageSize, folder, log });
  return { backend: { name, engine, threads, reason }, dataset };
}

/** The folder that a training has under `base`: equal architectures and settings on equal data share it. */
export function evaluationFolder(
  architecture: FoundArchitecture,
  config: EvaluationConfig,
  dataset: Pick<Dataset, 'name' | 'checksum'>,
  base: string = join(projectRoot(), 'runs'),
): string {
  const name = architecture.name.replace(/[^\w.-]+/g, '_').slice(0, 40);
  const words = `evaluate-${name}-${config.scale}-${dataset.name}-seed${config.seed}`;
  return addressedFolder(base, words, evaluationDigest(architecture, config, dataset));
}

/** Trains in a folder addressed by content: a finished run is not repeated, an interrupted one goes on. */
export async function cachedEvaluation(
  architecture: FoundArchitecture,
  config: EvaluationConfig,
  workplace: EvaluationWorkplace,
  options: Partial<Omit<EvaluationOptions, 'dataset' | 'backend' | 'resume'>> & { base?: string } = {},
): Promise<{ folder: string; result: EvaluationResult }> {
  const { base, ...rest } = options;
  const folder = options.folder ?? evaluationFolder(architecture, config, workplace.dataset, base);
  const result = await runEvaluation(architecture, config, { ...rest, ...workplace, folder, resume: true });
  return { folder, result };
}
