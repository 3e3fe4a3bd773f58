// Refuses a search that does not fit into the memory there is, before it starts.

import type { SearchConfig } from '../search/config.js';
import type { BackendRecord } from '../search/manifest.js';
import type { MemoryEstimate } from './estimate.js';
import { boundOf, type PlanOptions, planMemory, plannedEngine, suggestions } from './plan.js';

export interface CheckOptions extends Pick<PlanOptions, 'data'> {
  backend: Pick<BackendRecord, 'name' | 'engine' | 'threads'>;
  /** Bytes that may be taken; Infinity for no check. Default what is left of this machine or container. */
  memory?: number;
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(bytes < 10 * 2 ** 30 ? 2 : 1)} GiB`;

/** What a search is, for messages on its memory. */
const described = ({ space, batchSize, channels, imageSize }: SearchConfig, estimate: MemoryEstimate) =>
  `${space === 'darts' ? 'the DARTS space' : 'NAS-Bench-201'}, C = ${channels}, k = ${estimate.stages.map(({ k }) => k).join(' then ')}, ` +
  `${imageSize} pixels, batch ${batchSize}, ${estimate.engine}`;

/** @throws where the search needs more than there is, with what would fit. A GPU's memory is unknown unless it is given. */
export async function checkMemory(
  config: SearchConfig,
  { backend, memory, data }: CheckOptions,
): Promise<void> {
  const onGpu = backend.name === 'webgpu' || /GPU/.test(backend.engine);
  if (memory === Number.POSITIVE_INFINITY || (onGpu && memory === undefined)) return;
  const engine = plannedEngine(backend.name);
  const available = boundOf(engine, memory);
  const options = { engine, threads: backend.threads, data, available };
  const { estimate, fits } = await planMemory(config, options);
  if (fits || !estimate) return;
  const fitting = await suggestions(config, options);
  const advice = fitting.length
    ? `what would fit: ${fitting.map(({ change, taken }) => `${change} (${gib(taken)})`).join(', ')}`
    : 'nothing that keeps its channels and cells would fit: use fewer of them, or smaller images';
  throw new Error(
    `this search needs about ${gib(estimate.taken)} (${described(config, estimate)}), and ${available.of} has ` +
      `${gib(available.bytes)}; ${advice}. --memory none starts it all the same`,
  );
}
