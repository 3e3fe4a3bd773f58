// Opens the topology table that is at hand: the compact file, or the CSV that it can be made from.
import { readFileSync } from 'node:fs';
import { importCsv } from './importers/csv.js';
import type { LoadOptions } from './nasbench201.js';
import { findNasBench201 } from './nasbench201File.js';
import type { SpaceName } from './sets.js';
import type { BenchmarkTable } from './table.js';
import { decodeTable, isTableFile } from './tableFile.js';

/**
 * The table of `file`, or of where DRNAS_NASBENCH201, DRNAS_DATA or datasets/cache/ has one. Undefined, and a line to the log,
 * where there is none. Throws where a file is named but missing, damaged, or of the size space.
 */
export function openTopology(options: LoadOptions = {}): BenchmarkTable<'topology'> | undefined {
  const file = findNasBench201(options);
  if (file === undefined) return undefined;
  options.log?.(`NAS-Bench-201 table: ${file}`);
  const bytes = readFileSync(file);
  const table = isTableFile(bytes) ? decodeTable(bytes, file) : importCsv(file);
  if (!isSpace(table, 'topology'))
    throw new Error(`${file} is a table of the ${table.space} space, expected topology`);
  return table;
}

/** Narrows a table that was read to its space, for which its questions then are typed. */
export function isSpace<S extends SpaceName>(table: BenchmarkTable, space: S): table is BenchmarkTable<S> {
  return table.space === space;
}
