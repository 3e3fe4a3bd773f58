// Whether a search fits into the memory there is, and what would fit if it does not.

import { checkConfig } from '../search/checkConfig.js';
import type { SearchConfig } from '../search/config.js';
import { EVALUATION_BATCH } from '../search/evaluate.js';
import { type Available, availableMemory } from './available.js';
import { type EstimateOptions, estimateMemory, type MemoryEstimate, type PlannedEngine } from './estimate.js';

/** A wasm module's memory has 32-bit addresses. */
const WASM_LIMIT = 4 * 2 ** 30;
/** No search takes more than so many times the floats of one feature map a cell: 263 is the most that was seen (k = 1, DARTS, composition). */
const FAR_ABOVE = 400;

/** Which engine's memory a tfjs backend of this name takes. */
export function plannedEngine(backend: string): PlannedEngine {
  return backend === 'drnas-native' ? 'native' : backend === 'drnas-wasm' ? 'wasm' : 'composition';
}

/** What bounds a search on an engine: memory as given (of a GPU, bytes), or what is left. */
export function boundOf(
  engine: PlannedEngine,
  given?: number,
  left: Available = availableMemory(),
): Available {
  const bound = given === undefined ? left : { bytes: given, of: 'the memory given' };
  return engine === 'wasm' && bound.bytes > WASM_LIMIT
    ? { bytes: WASM_LIMIT, of: "a wasm module's address space" }
    : bound;
}

/** A number of bytes above anything that the search could take, without reckoning. */
function farAbove({
  batchSize,
  evaluationImages,
  imageSize,
  channels,
  cells,
  cellsPerStage = 0,
}: SearchConfig) {
  const images = Math.max(batchSize, Math.min(EVALUATION_BATCH, evaluationImages));
  return 4 * images * imageSize ** 2 * channels * (cells ?? 3 * cellsPerStage) * FAR_ABOVE;
}

export interface MemoryPlan {
  /** Absent where the search is so small that nothing was reckoned. */
  estimate?: MemoryEstimate;
  available: Available;
  fits: boolean;
}

export interface PlanOptions extends EstimateOptions {
  available?: Available;
}

export async function planMemory(config: SearchConfig, options: PlanOptions): Promise<MemoryPlan> {
  const available = options.available ?? boundOf(options.engine);
  if (farAbove(config) < available.bytes) return { available, fits: true };
  const estimate = await estimateMemory(config, options);
  return { estimate, available, fits: estimate.taken <= available.bytes };
}

export interface Suggestion {
  /** What to change, as options of the command line. */
  change: string;
  taken: number;
}

type Change = [text: string, overrides: Partial<SearchConfig>];

/** Changes in the order in which they cost least: the same bits, then the same gradients' law, then other searches. */
function changes(config: SearchConfig): Change[][] {
  const { batchSize, channels, k, stages } = config;
  const halves = [2, 4, 8, 16].map((n) => Math.floor(batchSize / n)).filter((images) => images >= 2);
  const recompute: Change[] = config.recompute ? [] : [['--recompute', { recompute: true }]];
  const parts: Change[] = halves.map((images) => [`--micro-batch ${images}`, { microBatch: images }]);
  const both: Change[] = config.recompute
    ? []
    : halves.map((images) => [
        `--recompute --micro-batch ${images}`,
        { recompute: true, microBatch: images },
      ]);
  const smaller: Change[] = halves.map((images) => [
    `--batch-size ${images}`,
    {
      batchSize: images,
      ...(config.microBatch && config.microBatch >= images ? { microBatch: undefined } : {}),
    },
  ]);
  const divisors = Array.from({ length: channels }, (_, i) => i + 1).filter(
    (d) => channels % d === 0 && d > k,
  );
  const narrower: Change[] = stages ? [] : divisors.slice(0, 6).map((d) => [`--k ${d}`, { k: d }]);
  return [recompute, parts, both, narrower, smaller];
}

/** Of each kind of change the least that fits. */
export async function suggestions(config: SearchConfig, options: PlanOptions): Promise<Suggestion[]> {
  const { bytes } = options.available ?? boundOf(options.engine);
  const found: Suggestion[] = [];
  for (const [kind, alternatives] of changes(config).entries()) {
    if (kind === 2 && found.length > 0) continue; // one alone is enough
    for (const [change, overrides] of alternatives) {
      const other = { ...config, ...overrides };
      checkConfig(other);
      const { taken } = await estimateMemory(other, options);
      if (taken > bytes) continue;
      found.push({ change, taken });
      break;
    }
  }
  return found;
}
