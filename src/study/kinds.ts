// What the kinds of jobs differ in: settings into a configuration, the folder, and the arguments of the command.
import type { Preference } from '../backend/choose.js';
import type { Dataset } from '../data/types.js';
import { evaluationConfig } from '../evaluation/config.js';
import { dartsArchitecture, nb201Architecture } from '../evaluation/network.js';
import { checkInputs } from '../evaluation/run.js';
import { evaluationFolder } from '../evaluation/start.js';
import { type RivalSettings, rivalRequest } from '../rivals/request.js';
import { SHARING_RIVALS } from '../rivals/sharing/config.js';
import { rivalFolder } from '../rivals/sharing/run.js';
import { type Scale, type SearchConfig, searchConfig } from '../search/config.js';
import { addressedFolder } from '../search/folder.js';
import { canonicalJson, sha256 } from '../search/manifest.js';
import { scheduleOf } from '../search/presets.js';
import { parseSchedule } from '../search/progressive/schedules.js';
import { runFolder } from '../search/start.js';
import type { Settings } from './definition.js';
import type { EvaluateJob, GridJob, JobKind, RivalConfig, RivalJob, SearchJob } from './jobs.js';

/** Opens a data set of a size; asked twice for the same one it may give the same one. */
export type OpenData = (name: Dataset['name'] | 'auto', imageSize: number) => Promise<Dataset>;

export interface MakeOptions {
  scale: Scale;
  seed: number;
  /** Folder of the runs. */
  base: string;
  open: OpenData;
  /** SHA-256 of the NAS-Bench-201 table, which rivals over it ask; undefined where none is at hand. */
  tableChecksum: () => Promise<string | undefined>;
}

type Made =
  | Omit<SearchJob, 'id' | 'label'>
  | Omit<EvaluateJob, 'id' | 'label'>
  | Omit<RivalJob, 'id' | 'label'>;

async function makeSearch(settings: Settings, { scale, seed, base, open }: MakeOptions): Promise<Made> {
  const { scale: own = scale, stages, ...rest } = settings as Partial<SearchConfig> & { scale?: Scale };
  const { space = 'nasbench201', stem } = rest;
  // Stages may be named, written as k:operations:epochs:frozen,…, or be the scale's own: true.
  const given: unknown = stages;
  const staged =
    given === true
      ? { stages: scheduleOf(space, own, stem).map((stage) => ({ ...stage })) }
      : typeof given === 'string'
        ? { stages: parseSchedule(given, space) }
        : stages === undefined
          ? {}
          : { stages };
  const asked = searchConfig(own, { ...rest, ...staged, seed });
  const dataset = await open(asked.dataset, asked.imageSize);
  // All runs of a study use the data that were found when it was read, wherever `auto` would look later.
  const config = { ...asked, dataset: dataset.name };
  return { kind: 'search', config, folder: runFolder(config, dataset, base) };
}

async function makeEvaluate(settings: Settings, { scale, seed, base, open }: MakeOptions): Promise<Made> {
  const { architecture: text, name, scale: own = scale, recipe = 'cifar', ...rest } = settings;
  if (typeof text !== 'string')
    throw new Error(
      `architecture is ${JSON.stringify(text)}, expected a genotype, a published name, or a NAS-Bench-201 cell or index`,
    );
  const options = { ...(typeof name === 'string' && { name }) };
  const nb201 = /^\s*(\||\d+\s*$)/.test(text);
  const architecture = nb201 ? nb201Architecture(text, options) : dartsArchitecture(text, options);
  const asked = evaluationConfig(nb201 ? 'nasbench201' : (recipe as 'cifar' | 'imagenet'), own as Scale, {
    ...rest,
    seed,
  });
  const dataset = await open(asked.dataset, asked.imageSize);
  const config = { ...asked, dataset: dataset.name };
  checkInputs(architecture, config, dataset);
  return {
    kind: 'evaluate',
    config,
    architecture,
    folder: evaluationFolder(architecture, config, dataset, base),
  };
}

async function makeRival(settings: Settings, options: MakeOptions): Promise<Made> {
  const { scale, seed, base, open, tableChecksum } = options;
  if (typeof settings.method !== 'string')
    throw new Error(`method is ${JSON.stringify(settings.method)}, expected the name of a rival`);
  const sharing = (SHARING_RIVALS as readonly string[]).includes(settings.method);
  const config = { ...(sharing && { scale }), ...settings, seed } as RivalConfig;
  const request = rivalRequest(config as RivalSettings);
  if (request.kind === 'table') {
    const digest = sha256(canonicalJson({ request, table: await tableChecksum() }));
    const folder = addressedFolder(base, `rival-${config.method}-seed${seed}`, digest);
    return { kind: 'rival', config, folder };
  }
  const { search } = request.config;
  const dataset = await open(search.dataset, search.imageSize);
  const pinned = { ...(config.search as object), dataset: dataset.name };
  return {
    ...{ kind: 'rival', config: { ...config, search: pinned } },
    folder: rivalFolder(request.config, dataset, base),
  };
}

/** The run of a setting with a seed. Throws, before any work, where it could not run. */
export const makeRun: Record<JobKind, (settings: Settings, options: MakeOptions) => Promise<Made>> = {
  search: makeSearch,
  evaluate: makeEvaluate,
  rival: makeRival,
};

export interface CommandOptions {
  threads: number;
  backend?: Preference;
  dataFolder?: string;
  tableFile?: string;
  /** Bytes that a search may take, Infinity for no check, as its `--memory` says in GiB. */
  searchMemory?: number;
}

/** Arguments of `drnas` that run a job whose configuration is in a file, from where it stands. */
export function jobArguments(job: GridJob, configFile: string, options: CommandOptions): string[] {
  const { threads, backend, dataFolder, tableFile, searchMemory } = options;
  const common = ['--config', configFile, '--out', job.folder, '--resume'];
  const place = [
    ...['--threads', String(threads)],
    ...(backend ? ['--backend', backend] : []),
    ...(dataFolder ? ['--data-folder', dataFolder] : []),
  ];
  const table = tableFile ? ['--table', tableFile] : [];
  switch (job.kind) {
    case 'search': {
      const allowed = searchMemory === Number.POSITIVE_INFINITY ? 'none' : Number(searchMemory) / 2 ** 30;
      const memory = searchMemory === undefined ? [] : ['--memory', String(allowed)];
      return ['search', ...common, ...place, ...table, ...memory];
    }
    case 'evaluate': {
      const { space, text, name } = job.architecture;
      const which = space === 'darts' ? '--genotype' : '--architecture';
      return ['evaluate', which, text, '--name', name, ...common, ...place];
    }
    case 'rival':
      return ['rival', job.config.method, '--seed', String(job.config.seed), ...common, ...place, ...table];
  }
}
