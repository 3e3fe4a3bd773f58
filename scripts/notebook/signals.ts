// Passes Ctrl-C on to the kernel: it runs in a process group of its own, so that it is not struck unawares.
import type { Kernel } from './kernel.js';

/** The first Ctrl-C interrupts the running cell, a second one ends the kernel, as does a SIGTERM. */
export function passOnSignals() {
  let kernel: Kernel | undefined;
  let interrupted = false;
  process.on('SIGINT', () => {
    if (!kernel || interrupted) process.exit(130); // a kernel that still runs is killed at the exit
    interrupted = true;
    console.log('\nInterrupting the cell; Ctrl-C once more ends the kernel.');
    kernel.interrupt();
  });
  process.on('SIGTERM', () => process.exit(143));
  return {
    /** The kernel that the next Ctrl-C is for. */
    watch(started: Kernel): void {
      kernel = started;
    },
    interrupted: (): boolean => interrupted,
  };
}
