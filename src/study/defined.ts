// Options that are given but undefined, as those of a command line, count as absent.

/** The object without its undefined entries, to be laid over defaults. */
export function defined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Partial<T>;
}
