// Finds and reads the NAS-Bench-201 table, and refuses one that is not complete.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromCSV } from 'arquero';
import { gunzipped } from '../compression/gzip.js';
import { digest } from '../data/checksum.js';
import { dataPlaces, isFile, isFolder } from '../data/places.js';
import { networkCost } from '../spaces/nasbench201/cost.js';
import { allArchitectures } from '../spaces/nasbench201/officialOrder.js';
import { TEST_QUESTIONS } from './facts.js';
import { officialTexts } from './importers/collect.js';
import { CSV_LIMIT } from './importers/csv.js';
import type { LoadOptions, Nb201Row } from './nasbench201.js';
import { accuracyColumn } from './query.js';
import type { BenchmarkTable } from './table.js';
import { decodeTable, isTableFile } from './tableFile.js';

const NAMES = ['nasbench201.table', 'nasbench201.csv', 'nasbench201.csv.gz'];
const SIZE = 5 ** 6; // five operations on six edges

/** The columns in use; datasets/nas-bench-201.md describes them. */
export const NASBENCH201_COLUMNS = [
  'index',
  'arch',
  'n_seeds_e200',
  'c10_test_e200',
  'c100_xtest_e200',
  'in16_xtest_e200',
  'params_c10',
] as const;
type Column = (typeof NASBENCH201_COLUMNS)[number];

/** The table's path, or undefined and a line to the log. A path that is named has to exist. */
export function findNasBench201({ file, log, cache }: LoadOptions): string | undefined {
  const variable = process.env.DRNAS_NASBENCH201;
  for (const [path, origin] of [
    [file, 'the file asked for'],
    [variable, 'DRNAS_NASBENCH201'],
  ]) {
    if (!path) continue;
    const found = isFolder(path) ? NAMES.map((name) => join(path, name)).find(isFile) : path;
    if (found === undefined || !existsSync(found)) {
      throw new Error(
        `NAS-Bench-201 table ${path} (${origin}): there is no ${found ? 'such file' : NAMES.join(' or ')}`,
      );
    }
    return found;
  }
  const places = dataPlaces({ cache });
  for (const { path } of places) {
    for (const folder of [join(path, 'nas-bench-201'), path]) {
      const found = NAMES.map((name) => join(folder, name)).find(isFile);
      if (found) return found;
    }
  }
  log?.(
    `no NAS-Bench-201 table: accuracies of architectures are not looked up. Put nasbench201.table (from drnas benchmark import), nasbench201.csv or nasbench201.csv.gz into ` +
      `${places.map(({ path }) => join(path, 'nas-bench-201')).join(' or ')}, or name it in DRNAS_NASBENCH201 (see datasets/nas-bench-201.md)`,
  );
  return undefined;
}

/** Reads and checks: all columns, all 15,625 architectures, each once, every number a number. */
export async function readNasBench201(file: string): Promise<{ rows: Nb201Row[]; checksum: string }> {
  const raw = await readFile(file);
  if (isTableFile(raw))
    return { rows: rowsOf(decodeTable(raw, file), file), checksum: digest('sha256', raw) };
  const bytes = gunzipped(raw, file, CSV_LIMIT);
  const table = fromCSV(new TextDecoder().decode(bytes), { autoType: false }); // types are checked below, cell by cell
  const missing = NASBENCH201_COLUMNS.filter((column) => !table.columnNames().includes(column));
  if (missing.length > 0) {
    throw new Error(
      `${file}: no column ${missing.join(', ')}; the first line has to name ${NASBENCH201_COLUMNS.join(', ')}`,
    );
  }
  if (table.numRows() !== SIZE) {
    throw new Error(
      `${file}: ${table.numRows()} architectures, expected ${SIZE}: the table is truncated or another one`,
    );
  }
  const rows = new Array<Nb201Row>(SIZE);
  const texts = officialTexts('topology');
  for (let r = 0; r < SIZE; r++) {
    const text = (column: Column): string => (table.get(column, r) as string | null) ?? '';
    const complain = (problem: string) => new Error(`${file}: row ${r + 1}: ${problem}`);
    const number = (column: Column, high: number, whole = false): number => {
      const value = Number(text(column) || Number.NaN);
      if (!(value >= 0 && value <= high) || (whole && !Number.isInteger(value))) {
        const kind = whole ? 'a whole number' : 'a number';
        const range = high === Infinity ? 'not below 0' : `from 0 to ${high}`;
        throw complain(`${column} is "${text(column)}", expected ${kind} ${range}`);
      }
      return value;
    };
    const index = number('index', SIZE - 1, true);
    const arch = text('arch');
    if (rows[index] !== undefined) throw complain(`index ${index} occurs twice`);
    if (arch !== texts[index]) {
      throw complain(`"${arch}" is not architecture ${index} of NAS-Bench-201, which is "${texts[index]}"`);
    }
    rows[index] = {
      index,
      arch,
      trials: number('n_seeds_e200', Infinity, true),
      cifar10: number('c10_test_e200', 100),
      cifar100: number('c100_xtest_e200', 100),
      imagenet16: number('in16_xtest_e200', 100),
      params: number('params_c10', Infinity, true),
    };
  }
  return { rows, checksum: digest('sha256', bytes) };
}

/** The same rows from the compact file of an import. */
function rowsOf(table: BenchmarkTable, file: string): Nb201Row[] {
  if (table.space !== 'topology')
    throw new Error(`${file} is a table of the ${table.space} space, expected topology`);
  const topology = table as BenchmarkTable<'topology'>;
  const [cifar10, cifar100, imagenet16] = [
    TEST_QUESTIONS.cifar10,
    TEST_QUESTIONS.cifar100,
    TEST_QUESTIONS['ImageNet16-120'],
  ].map((question) => accuracyColumn(topology, question));
  const architectures = allArchitectures();
  return officialTexts('topology').map((arch, index) => {
    const row = {
      index,
      arch,
      trials: cifar10.trials[index],
      cifar10: cifar10.values[index],
      cifar100: cifar100.values[index],
      imagenet16: imagenet16.values[index],
      params: networkCost(architectures[index]).parameters,
    };
    if (Number.isNaN(row.cifar10 + row.cifar100 + row.imagenet16)) {
      throw new Error(
        `${file}: architecture ${index} has no accuracies: the table is a part of the benchmark only`,
      );
    }
    return row;
  });
}
