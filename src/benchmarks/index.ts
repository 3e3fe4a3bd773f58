// Tabular benchmarks.

export { toArquero } from './arquero.js';
export { deriveFacts, TEST_QUESTIONS, TEST_SETS, type TestSet } from './facts.js';
export { type Forensics, forensics, type Reported } from './forensics.js';
export { importBenchmark } from './importers/index.js';
export { kendallTau } from './kendall.js';
export {
  type Baselines,
  BENCHMARK_DATASETS,
  type BenchmarkDataset,
  loadNasBench201,
  type NasBench201,
  type Nb201Entry,
  type PerDataset,
} from './nasbench201.js';
export { isSpace, openTopology } from './open.js';
export { expectedBest, ranks } from './orderStatistics.js';
export { type Answer, accuracyColumn, type ColumnQuery, type Query, query } from './query.js';
export { type BenchmarkTable, joinTables, numberColumn } from './table.js';
export { readTable, writeTable } from './tableFile.js';
export { isomorphismClasses, neighbours } from './topology.js';
export { accuracy, bestOf, cost, paretoFront, rankedTable } from './wholeTable.js';
