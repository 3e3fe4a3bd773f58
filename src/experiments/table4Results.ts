// The rows of Table 4 that the benchmark's table answers by itself, as measured values for the report: seconds, no training.
import { BENCHMARK_DATASETS, type BenchmarkDataset } from '../benchmarks/nasbench201.js';
import type { BenchmarkTable } from '../benchmarks/table.js';
import { playMany } from '../rivals/many.js';
import { reportOf, type TableRivalName } from '../rivals/play.js';
import { BENCHMARK_SECONDS } from '../rivals/request.js';
import { type Reports, reportsOf, sightOf } from '../rivals/sight.js';
import type { MeasuredResult } from './measured.js';
import { METHODS, methodOf } from './table4.js';

export interface TableResultsOptions {
  /** Default 0 to 499: as many searches as the benchmark's scripts made. */
  seeds?: readonly number[];
  /** Files from the project's root, for the report. */
  notebook?: string;
  manifest?: string;
}

const PARTS = ['valid', 'test'] as const;
const TITLES: Record<BenchmarkDataset, string> = {
  cifar10: 'CIFAR-10',
  cifar100: 'CIFAR-100',
  imagenet16: 'ImageNet16-120',
};

/** Rows of the paper that are searches over the table. */
const SEARCHES = METHODS.filter(({ kind, inPaper }) => kind === 'table' && inPaper);

function optimum(reports: Reports, set: BenchmarkDataset, part: 'valid' | 'test'): number {
  return reports[set][part].reduce((best, value) => Math.max(best, value), 0);
}

/**
 * ResNet, optimal, Random and Reinforce in all six columns. The searches are made on the data set that is reported, each with
 * BENCHMARK_SECONDS of its trainings, seeing accuracies after 12 epochs: so the benchmark's scripts were called, and so
 * random search comes to the printed Random row in every column.
 */
export function tableResults(
  table: BenchmarkTable<'topology'>,
  { seeds = Array.from({ length: 500 }, (_, i) => i), ...files }: TableResultsOptions = {},
): MeasuredResult[] {
  const reports = reportsOf(table);
  const resnet = reportOf(reports, methodOf('ResNet').index!);
  const exact = (
    row: string,
    set: BenchmarkDataset,
    part: 'valid' | 'test',
    value: number,
  ): MeasuredResult => ({
    exhibit: `table4/${row}/${set} ${part}`,
    values: [value],
    scale: 'exact',
    dataset: `${TITLES[set]} (the benchmark's table)`,
    cost: 'a look-up',
    note: "mean over the trainings in the table at hand; other versions of the benchmark's file have other means",
    ...files,
  });
  const cells = BENCHMARK_DATASETS.flatMap((set) =>
    PARTS.flatMap((part) => [
      exact('ResNet', set, part, resnet[set][part]),
      exact('optimal', set, part, optimum(reports, set, part)),
    ]),
  );
  const searches = SEARCHES.flatMap(({ name: row, rival }) =>
    BENCHMARK_DATASETS.flatMap((set) => {
      const sight = sightOf(table, { searchOn: set });
      const study = playMany(rival!.method as TableRivalName, sight, reports, {
        seeds,
        budget: { seconds: BENCHMARK_SECONDS },
      });
      return PARTS.map(
        (part): MeasuredResult => ({
          exhibit: `table4/${row}/${set} ${part}`,
          values: study.rows.map(({ report }) => Number(report[set][part].toFixed(4))),
          seeds: study.rows.map(({ seed }) => seed),
          scale: 'paper',
          dataset: `${TITLES[set]} (the benchmark's table)`,
          cost: `${BENCHMARK_SECONDS} simulated seconds a search, ${study.cost.queries.toFixed(0)} architectures; no training here`,
          settings: 'searched on the data set that is reported, seeing validation accuracy after 12 epochs',
          ...files,
        }),
      );
    }),
  );
  return [...cells, ...searches];
}
