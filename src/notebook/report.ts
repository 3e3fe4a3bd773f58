// Hands a notebook's headline result to whoever executed it: `npm run reproduce` prints these in its summary.
import { existsSync, readFileSync } from 'node:fs';
import { writeAtomically } from '../atomic.js';

export interface Result {
  /** The one sentence to remember, with its numbers, data set and scale. */
  headline: string;
  /** The numbers themselves, for machines. */
  values?: Record<string, unknown>;
  /** Files in which to see more, from the project's root. */
  look?: string[];
}

export interface NamedResult extends Result {
  name: string;
}

/** The results in a report file; none where it does not exist. */
export function reportedResults(file: string): NamedResult[] {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}

/**
 * Writes `result` to the file that the environment variable DRNAS_REPORT_FILE names, in place of an earlier one of
 * the same name; without the variable it has no effect.
 */
export function reportResult(name: string, result: Result, file = process.env.DRNAS_REPORT_FILE): void {
  if (!file) return;
  const others = reportedResults(file).filter((earlier) => earlier.name !== name);
  writeAtomically(file, `${JSON.stringify([...others, { name, ...result }], null, 2)}\n`);
}
