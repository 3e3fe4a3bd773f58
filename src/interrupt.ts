// The stop button (or Ctrl-C) as an AbortSignal, so that a loop can end at a good moment and keep its work.
import { isNotebook } from './notebook/kernel.js';

// One listener for the process: the signal is the process's, and so is its state.
let current: AbortController | undefined;

function onSigint(): void {
  // On the command line the first Ctrl-C asks, the second ends.
  if (current?.signal.aborted && !isNotebook()) process.exit(130);
  current?.abort(new Error('interrupted'));
}

/**
 * Aborts at the next interrupt. Call it where the work starts: after an interrupt the next call gives a new signal.
 * A loop must come back to the event loop now and then (`await breathe()`), or it learns of no interrupt.
 */
export function interruptSignal(): AbortSignal {
  if (!current) {
    // tslab runs a cell's synchronous part under a watch of Node's own that, at its end, takes away a listener
    // registered meanwhile; the next interrupt would then kill the kernel. Hence the detour.
    setImmediate(() => process.on('SIGINT', onSigint));
  }
  if (!current || current.signal.aborted) current = new AbortController();
  return current.signal;
}

/** Lets signals, timers and prints have their turn. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
