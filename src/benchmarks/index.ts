// Tabular benchmarks.
export {
  type Baselines,
  BENCHMARK_DATASETS,
  type BenchmarkDataset,
  loadNasBench201,
  type NasBench201,
  type Nb201Entry,
  type PerDataset,
} from './nasbench201.js';
export { expectedBest, ranks } from './orderStatistics.js';
