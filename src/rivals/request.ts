// What a rival is asked to do, as JSON: a file of `drnas rival --config`, a study's settings, or the command line's options.
import { BENCHMARK_DATASETS, type BenchmarkDataset } from '../benchmarks/nasbench201.js';
import { PRESETS, type Scale, type SearchConfig } from '../search/config.js';
import type { Budget } from './game.js';
import { rivalSettings, TABLE_RIVAL_NAMES, TABLE_RIVALS, type TableRivalName } from './play.js';
import {
  type ControllerConfig,
  SHARING_RIVALS,
  type SharingConfig,
  type SharingRivalName,
  sharingConfig,
} from './sharing/config.js';

export const RIVAL_NAMES = [...TABLE_RIVAL_NAMES, ...SHARING_RIVALS] as const;
export type RivalName = TableRivalName | SharingRivalName;

/** Settings by name. Those of the table's rivals and those of weight sharing do not mix. */
export interface RivalSettings {
  method: RivalName;
  seed: number;
  /** Table: the budget (default: 12,000 simulated seconds where the table knows them, else 100 queries). */
  queries?: number;
  simulatedSeconds?: number;
  /** Table: data set whose validation accuracy is seen, and after how many epochs of training. */
  searchOn?: BenchmarkDataset;
  seenEpochs?: 12 | 200;
  /** Table: the rival's own, such as evolution's population. */
  settings?: Record<string, unknown>;
  /** Weight sharing: preset, and differences to it. */
  scale?: Scale;
  candidates?: number;
  candidateImages?: number;
  controller?: Partial<ControllerConfig>;
  search?: Partial<SearchConfig>;
}

export interface TableRequest {
  kind: 'table';
  rival: TableRivalName;
  seed: number;
  /** Undefined: the default, which depends on the table. */
  budget?: Budget;
  searchOn: BenchmarkDataset;
  epochs: 12 | 200;
  settings: Record<string, unknown>;
}

export interface SharingRequest {
  kind: 'sharing';
  config: SharingConfig;
}

/** Simulated seconds that the scripts of NAS-Bench-201 gave each of these methods (scripts-search/algos, --time_budget 12000). */
export const BENCHMARK_SECONDS = 12_000;
const FALLBACK_QUERIES = 100;

/** The budget of a request that names none. */
export const defaultBudget = (seconds: Float64Array | null): Budget =>
  seconds ? { seconds: BENCHMARK_SECONDS } : { queries: FALLBACK_QUERIES };

const OF_TABLE = ['queries', 'simulatedSeconds', 'searchOn', 'seenEpochs', 'settings'];
const OF_SHARING = ['scale', 'candidates', 'candidateImages', 'controller', 'search'];

/** Reads settings; refuses, by name, what does not exist, does not belong to the method, or cannot be. */
export function rivalRequest(given: RivalSettings): TableRequest | SharingRequest {
  const { method, seed } = given;
  if (!(RIVAL_NAMES as readonly string[]).includes(method))
    throw new Error(
      `there is no rival ${JSON.stringify(method)}: use one of ${RIVAL_NAMES.join(', ')} (see drnas rival list)`,
    );
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new Error(`seed is ${JSON.stringify(seed)}, expected an integer of at least 0`);
  const onTable = (TABLE_RIVAL_NAMES as readonly string[]).includes(method);
  const known = ['method', 'seed', ...(onTable ? OF_TABLE : OF_SHARING)];
  for (const [name, value] of Object.entries(given)) {
    if (known.includes(name) || value === undefined) continue;
    const elsewhere = [...OF_TABLE, ...OF_SHARING].includes(name);
    throw new Error(
      `${name} is no setting of ${method}${elsewhere ? `, which ${onTable ? 'only asks the table' : 'trains shared weights'}` : ''}: use one of ${known.join(', ')}`,
    );
  }
  if (!onTable) {
    const { scale = 'laptop', candidates, candidateImages, controller, search } = given;
    if (!(scale in PRESETS))
      throw new Error(
        `scale ${JSON.stringify(scale)} does not exist: use ${Object.keys(PRESETS).join(', ')}`,
      );
    const own = { ...search, seed };
    const overrides = { candidates, candidateImages, controller, search: own };
    return { kind: 'sharing', config: sharingConfig(method as SharingRivalName, scale, overrides) };
  }
  const { queries, simulatedSeconds, searchOn = 'cifar10', seenEpochs = 12, settings = {} } = given;
  if (!BENCHMARK_DATASETS.includes(searchOn))
    throw new Error(
      `searchOn is ${JSON.stringify(searchOn)}, expected one of ${BENCHMARK_DATASETS.join(', ')}`,
    );
  if (![12, 200].includes(seenEpochs))
    throw new Error(`seenEpochs is ${seenEpochs}, expected 12 or 200: the benchmark's trainings`);
  rivalSettings(TABLE_RIVALS[method as TableRivalName], settings);
  const budget = {
    ...(queries !== undefined ? { queries } : {}),
    ...(simulatedSeconds !== undefined ? { seconds: simulatedSeconds } : {}),
  };
  return {
    kind: 'table',
    rival: method as TableRivalName,
    seed,
    ...(Object.keys(budget).length ? { budget } : {}),
    searchOn,
    epochs: seenEpochs,
    settings,
  };
}
