// Measured values of the paper's exhibits: what a result file holds, and reading all there are.
//
// A result file is `results.json` in a folder of figures/ (one a notebook or study):
//
//   { "format": "drnas-results-1", "results": [MeasuredResult, …] }
//
// Example of one entry, three seeds of a search at laptop scale against a cell of Table 5:
//
//   {
//     "exhibit": "table5/lambda=1e-3/cifar10 test",
//     "values": [94.36, 93.84, 94.36],
//     "seeds": [0, 1, 2],
//     "scale": "laptop",
//     "dataset": "CIFAR-10 averaged down to 16x16",
//     "settings": "C = 8, N = 5, 3000 steps",
//     "cost": "6 min a search on one thread",
//     "notebook": "notebooks/05-regulariser.ipynb",
//     "manifest": "figures/05-regulariser/study.json"
//   }
//
// `npm run report` reads them all; ids are those of `allItems()` in exhibits.ts, and an unknown one is refused. Nothing in
// an entry may change when the same runs are read again (no date of reading), so that reports can be compared.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Under which settings something was measured. `smoke` numbers are never judged; `laptop` is below the paper's scale;
 * `paper` are the paper's settings and data; `exact` needs no training and no scale (counted, computed, looked up).
 */
export type MeasuredScale = 'smoke' | 'laptop' | 'paper' | 'exact';

export interface MeasuredResult {
  /** The item's id: `table4/DrNAS/cifar10 test`, `trajectory/cifar10 narrows`. */
  exhibit: string;
  /** One value a seed, in the item's unit; of a claim 1 where it held and 0 where it did not. All seeds, none left out. */
  values: number[];
  /** Parallel to values; absent where nothing is random. */
  seeds?: number[];
  scale: MeasuredScale;
  /** As a reader names it: `CIFAR-10 averaged down to 16x16`; `none` where there is none. */
  dataset: string;
  /** What was spent: `6 min a search on one thread of a Xeon`. */
  cost: string;
  /** Settings in short, above all where they differ from the paper's. */
  settings?: string;
  /** What makes it another experiment than the exhibit's, if it is: then it is shown and not judged. */
  otherExperiment?: string;
  /** What a reader must know beside it. */
  note?: string;
  /** Files from the project's root: where it is shown, and what repeats it. */
  notebook?: string;
  manifest?: string;
}

export interface ResultFile {
  format: 'drnas-results-1';
  results: MeasuredResult[];
}

export const MEASURED_SCALES: readonly MeasuredScale[] = ['smoke', 'laptop', 'paper', 'exact'];
const TEXTS = ['settings', 'otherExperiment', 'note', 'notebook', 'manifest'] as const;
const FIELDS = new Set(['exhibit', 'values', 'seeds', 'scale', 'dataset', 'cost', ...TEXTS]);

/** The entry itself, or an error that names the file, the exhibit and the field. */
export function checkResult(entry: unknown, file: string): MeasuredResult {
  const result = entry as MeasuredResult;
  const where = `${file}: ${JSON.stringify(result?.exhibit ?? entry)}`;
  const refuse = (what: string): never => {
    throw new Error(`${where}: ${what} (src/experiments/measured.ts describes a result)`);
  };
  if (typeof result?.exhibit !== 'string') refuse('exhibit must be the id of an item');
  const unknown = Object.keys(result).find((key) => !FIELDS.has(key));
  if (unknown) refuse(`there is no field ${JSON.stringify(unknown)}`);
  const { values, seeds, scale } = result;
  if (!Array.isArray(values) || values.length === 0 || !values.every(Number.isFinite))
    refuse(`values must be finite numbers, one at least, got ${JSON.stringify(values)}`);
  if (seeds !== undefined) {
    if (!Array.isArray(seeds) || seeds.length !== values.length || !seeds.every(Number.isInteger))
      refuse(
        `seeds must be ${values.length} whole numbers, one for each value, got ${JSON.stringify(seeds)}`,
      );
    if (new Set(seeds).size !== seeds.length) refuse(`seeds must differ, got ${JSON.stringify(seeds)}`);
  }
  if (!MEASURED_SCALES.includes(scale))
    refuse(`scale must be one of ${MEASURED_SCALES.join(', ')}, got ${JSON.stringify(scale)}`);
  if (scale !== 'exact' && seeds === undefined) refuse('seeds are missing: only an exact result has none');
  for (const field of ['dataset', 'cost'] as const)
    if (typeof result[field] !== 'string' || !result[field]) refuse(`${field} must be a text`);
  for (const field of TEXTS)
    if (result[field] !== undefined && typeof result[field] !== 'string') refuse(`${field} must be a text`);
  return result;
}

/** The text of a result file; lists of numbers stand in one line. */
export function formatResults(results: readonly MeasuredResult[]): string {
  const text = JSON.stringify({ format: 'drnas-results-1', results }, null, 2);
  const oneLine = text.replaceAll(/\[[-\d.e+,\s]+\]/g, (list) =>
    JSON.stringify(JSON.parse(list)).replaceAll(',', ', '),
  );
  return `${oneLine}\n`;
}

/** The results in one file. */
export function readResultFile(path: string, name = path): MeasuredResult[] {
  let content: ResultFile;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${name} is no JSON: ${(error as Error).message}`);
  }
  if (content?.format !== 'drnas-results-1' || !Array.isArray(content.results))
    throw new Error(`${name} must hold { "format": "drnas-results-1", "results": […] }`);
  return content.results.map((entry) => checkResult(entry, name));
}

/** The results of every folder of figures/ that has a results.json, by name of the folder. */
export function readResults(figures: string): MeasuredResult[] {
  const folders = existsSync(figures) ? readdirSync(figures, { withFileTypes: true }) : [];
  return folders
    .filter((entry) => entry.isDirectory() && existsSync(join(figures, entry.name, 'results.json')))
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => readResultFile(join(figures, name, 'results.json'), `figures/${name}/results.json`));
}
