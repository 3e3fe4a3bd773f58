// The benchmark as an arquero table, for queries and plots in notebooks.
import { type ColumnTable, table } from 'arquero';
import { BENCHMARK_DATASETS, type NasBench201 } from './nasbench201.js';

/** One row per architecture; columns index, arch, the three accuracies (percent), their ranks and regrets, params, trials. */
export function toArquero(benchmark: NasBench201): ColumnTable {
  const { entries } = benchmark;
  const columns: Record<string, ArrayLike<unknown>> = {
    index: Int32Array.from(entries, (entry) => entry.index),
    arch: entries.map((entry) => entry.arch),
  };
  for (const dataset of BENCHMARK_DATASETS) {
    columns[dataset] = Float64Array.from(entries, (entry) => entry[dataset]);
    columns[`rank_${dataset}`] = Int32Array.from(entries, (entry) => entry.rank[dataset]);
    columns[`regret_${dataset}`] = Float64Array.from(entries, (entry) => entry.regret[dataset]);
  }
  columns.params = Int32Array.from(entries, (entry) => entry.params);
  columns.trials = Int32Array.from(entries, (entry) => entry.trials);
  return table(columns);
}
