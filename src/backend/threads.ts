// How many threads to compute with.
import { availableParallelism } from 'node:os';

/** DRNAS_THREADS where it is set, else the processors that this process may use. */
export function defaultThreads(environment: Record<string, string | undefined> = process.env): number {
  const text = environment.DRNAS_THREADS;
  if (text === undefined || text === '') return availableParallelism();
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 1) {
    throw new Error(`DRNAS_THREADS is "${text}"; expected a whole number from 1 upward`);
  }
  return threads;
}
