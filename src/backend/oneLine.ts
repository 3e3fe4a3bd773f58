// The first line of what was thrown, for messages of one line.
export const oneLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0];
