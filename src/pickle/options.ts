// How a pickle is to be read.
import type { Allowed } from './constructors.js';
import type { Kept } from './memo.js';

export interface PickleOptions {
  /** The names a pickle may mention. Any other is refused by name. */
  allow: Allowed;
  /** Named in errors. */
  name?: string;
  /** Makes a value of a persistent id (torch's storages). Without it, a pickle with one is refused. */
  persistent?: (id: unknown) => unknown;
  /**
   * Called with a dict whenever items were put into it. It may take out what it needs and delete the rest: so a file
   * that is larger than memory is read.
   */
  onItems?: (dict: Map<unknown, unknown>) => void;
  /** Longest text or byte string; more is refused. Default 512 MiB. */
  longest?: number;
  /** How far the memory of the process may grow while reading, whatever the file says. Default 2 GiB. */
  memory?: number;
  /** Which memo numbers are worth keeping, from `keptMemos`. Default: all. */
  kept?: Kept;
}
