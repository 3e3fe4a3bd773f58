// The public API of the kit, readable on one page; notebooks import this and nothing deeper.

export { chooseBackend, type Preference } from './backend/choose.js';
export { loadNasBench201, type NasBench201 } from './benchmarks/nasbench201.js';
// Data and benchmark
export { type Dataset, makeBatch, openDataset, searchSplit } from './data/index.js';
export * as dirichlet from './distributions/dirichlet.js';
// Experiments, figures, report
export { type SeedStudy, seedStudy, spread, tableBaselines } from './experiments/seeds.js';
// Randomness and the Dirichlet distribution
export { createStream, type Stream } from './random/stream.js';
// Search
export {
  checkConfig,
  PRESETS,
  REFERENCE,
  type Scale,
  type SearchConfig,
  searchConfig,
} from './search/config.js';
export type { EpochEvent, SearchEvent, StepEvent } from './search/events.js';
export { searchLoop } from './search/loop.js';
export type { Manifest, RunResult } from './search/manifest.js';
export { readRun, runSearch } from './search/run.js';
export { cachedSearch, openWorkplace, runFolder } from './search/start.js';
// The NAS-Bench-201 space
export {
  type Architecture,
  canonicalForm,
  formatArchitecture,
  functionalForm,
  genotypeOf,
  parseArchitecture,
} from './spaces/nasbench201/architecture.js';
export { networkCost } from './spaces/nasbench201/cost.js';
export { createNetwork, networkForward } from './spaces/nasbench201/network.js';
export { allArchitectures, architectureAt, architectureIndex } from './spaces/nasbench201/officialOrder.js';
export { EDGE_NAMES, EDGES, OPERATIONS } from './spaces/nasbench201/operations.js';
export { createSupernet, forward, type Supernet } from './spaces/nasbench201/supernet.js';
// Tensors, backends
export * as tensor from './tensor/index.js';
