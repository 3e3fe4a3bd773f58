// The plain tables: accuracies of NAS-Bench-201, and columns of numbers such as HW-NAS-Bench's or zero-cost scores.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipped } from '../../compression/gzip.js';
import { digest } from '../../data/checksum.js';
import { imagesOf, SPACE_SIZE } from '../sets.js';
import type { AccuracyColumn, AccuracyKey, BenchmarkTable, NumberColumn } from '../table.js';
import { imagesRight, officialTexts } from './collect.js';

type Where = [AccuracyKey['dataset'], AccuracyKey['split'], number, AccuracyKey['seed']];

/** What the columns of nasbench201.csv mean; datasets/nas-bench-201.md describes them. A column not named here is no accuracy. */
const ACCURACIES: Record<string, Where> = {
  c10_test_e12: ['cifar10', 'ori-test', 12, 111],
  c10valid_xvalid_e12: ['cifar10-valid', 'x-valid', 12, 'mean'],
  c100_xtest_e12: ['cifar100', 'x-test', 12, 111],
  c100_xvalid_e12: ['cifar100', 'x-valid', 12, 111],
  in16_xtest_e12: ['ImageNet16-120', 'x-test', 12, 111],
  in16_xvalid_e12: ['ImageNet16-120', 'x-valid', 12, 111],
  c10_test_e200: ['cifar10', 'ori-test', 200, 'mean'],
  c100_xtest_e200: ['cifar100', 'x-test', 200, 'mean'],
  in16_xtest_e200: ['ImageNet16-120', 'x-test', 200, 'mean'],
  c100_xvalid_e200_v11: ['cifar100', 'x-valid', 200, 'mean'],
  in16_xvalid_e200_v11: ['ImageNet16-120', 'x-valid', 200, 'mean'],
  c10valid_oritest_e200: ['cifar10-valid', 'ori-test', 200, 'mean'],
};
for (const seed of [777, 888, 999]) {
  ACCURACIES[`c10valid_xvalid_e200_s${seed}`] = ['cifar10-valid', 'x-valid', 200, seed];
  ACCURACIES[`c100_oritest_e200_s${seed}`] = ['cifar100', 'ori-test', 200, seed];
  ACCURACIES[`in16_oritest_e200_s${seed}`] = ['ImageNet16-120', 'ori-test', 200, seed];
}

/** Names that this kit gives to columns of numbers; the others keep theirs. */
const RENAMED: Record<string, string> = {
  params_c10: 'params:cifar10',
  params_c100: 'params:cifar100',
  params_in16: 'params:ImageNet16-120',
  train_s_e200_c10valid: 'seconds:cifar10-valid@200',
  train_s_e200_c100: 'seconds:cifar100@200',
  train_s_e200_in16: 'seconds:ImageNet16-120@200',
  flops_M_c10: 'flops:cifar10',
  flops_M_c100: 'flops:cifar100',
  flops_M_in16: 'flops:ImageNet16-120',
};
const SKIPPED =
  /^(index|arch|n_seeds_e200|n_(none|skip|conv1x1|conv3x3|avgpool))$|_onetrial$|_derived$|_mean$|_v1[01]$|_loss$|_ep\d+$/;

const PYTHON_NUMBERS: Record<string, number> = { inf: Infinity, '-inf': -Infinity, nan: Number.NaN };
/** HW-NAS-Bench writes -1 where a device could not run the network. */
const MEASURED = /_(latency|energy|arithmetic_intensity)$/;

/** Bytes that a table may unpack to; NAS-Bench-201's has a few million. */
export const CSV_LIMIT = 256 << 20;

/** Reads such a table. Rows may be in any order and, for columns of numbers, be missing; accuracies have to be complete. */
export function importCsv(path: string): BenchmarkTable<'topology'> {
  const raw = readFileSync(path);
  const text = new TextDecoder().decode(gunzipped(raw, path, CSV_LIMIT));
  const [head, ...lines] = text.trimEnd().split(/\r?\n/);
  const names = head.split(',');
  const rows = new Array<string[] | undefined>(SPACE_SIZE.topology);
  const indexAt = names.indexOf('index');
  if (indexAt < 0) throw new Error(`${path}: no column index; the first line has to name the columns`);
  const archAt = names.indexOf('arch');
  const texts = archAt < 0 ? [] : officialTexts('topology');
  lines.forEach((line, n) => {
    const row = line.split(',');
    const where = `${path}: row ${n + 1}`;
    const index = Number(row[indexAt] || Number.NaN);
    if (row.length !== names.length)
      throw new Error(`${where}: ${row.length} values, expected ${names.length}`);
    if (!Number.isInteger(index) || index < 0 || index >= rows.length)
      throw new Error(`${where}: index is "${row[indexAt].slice(0, 60)}"`);
    if (rows[index] !== undefined) throw new Error(`${where}: index ${index} occurs twice`);
    if (archAt >= 0 && row[archAt] !== texts[index])
      throw new Error(`${where}: ${row[archAt].slice(0, 100)} is not architecture ${index}`);
    rows[index] = row;
  });
  const value = (index: number, column: number): number => {
    const cell = rows[index]?.[column];
    if (cell === undefined || cell === '') return Number.NaN;
    const number = Object.hasOwn(PYTHON_NUMBERS, cell) ? PYTHON_NUMBERS[cell] : Number(cell);
    if (Number.isNaN(number) && cell !== 'nan') {
      throw new Error(
        `${path}: ${names[column].slice(0, 60)} of architecture ${index} is "${cell.slice(0, 60)}", expected a number`,
      );
    }
    if (number === -1 && MEASURED.test(names[column])) return Number.NaN;
    return number;
  };
  const trialsAt = names.indexOf('n_seeds_e200');
  const accuracies: AccuracyColumn[] = [];
  const numbers: NumberColumn[] = [];
  names.forEach((name, c) => {
    const where = Object.hasOwn(ACCURACIES, name) ? ACCURACIES[name] : undefined;
    if (where !== undefined) {
      accuracies.push(
        accuracyColumn(
          where,
          (i) => value(i, c),
          (i) => (trialsAt < 0 ? Number.NaN : value(i, trialsAt)),
          `${path}: ${name}`,
        ),
      );
    } else if (!SKIPPED.test(name)) {
      const own = RENAMED[name] ?? name;
      const values = Float64Array.from(rows, (_, i) => value(i, c));
      numbers.push({ name: own, values: own.startsWith('seconds:') ? values.map(Math.fround) : values });
    }
  });
  if (accuracies.length === 0 && numbers.length === 0) throw new Error(`${path}: no column that is known`);
  const sources = [{ name: basename(path), sha256: digest('sha256', raw) }];
  return { space: 'topology', size: SPACE_SIZE.topology, accuracies, numbers, sources };
}

function accuracyColumn(
  [dataset, split, epochs, seed]: Where,
  value: (index: number) => number,
  trialsOf: (index: number) => number,
  name: string,
): AccuracyColumn {
  const size = SPACE_SIZE.topology;
  const images = imagesOf(dataset, split)!;
  const right = new Int32Array(size).fill(-1);
  const trials = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const accuracy = value(i);
    if (Number.isNaN(accuracy)) {
      if (seed === 999) continue; // not trained for almost half of the architectures
      throw new Error(`${name} of architecture ${i} is missing`);
    }
    // A mean's number of trainings is the table's, or, where that does not divide (file v1.1 had others), the least that does.
    const own = [trialsOf(i)].filter((n) => Number.isInteger(n) && n >= 1 && n <= 255);
    const candidates = seed !== 'mean' ? [1] : epochs === 12 ? [2] : [...own, 1, 2, 3];
    let error: unknown;
    for (const n of candidates) {
      try {
        right[i] = imagesRight(accuracy, images, n).right;
        trials[i] = n;
        break;
      } catch (problem) {
        error ??= problem;
      }
    }
    if (trials[i] === 0) throw new Error(`${name} of architecture ${i}: ${(error as Error).message}`);
  }
  return { dataset, split, epochs, seed, images, right, trials };
}
