// Ctrl-C and a polite kill stop a run between two steps, with a sentence on how to go on.

/** A signal that fires on SIGINT or SIGTERM; a second one ends the process at once. */
export function abortOnSignal(message: string): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(130));
      controller.abort(Object.assign(new Error(message), { name: 'AbortError' }));
    });
  }
  return controller.signal;
}
