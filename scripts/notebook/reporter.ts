// Prints what a running notebook does: one line per cell, and in between its last line of output.
import type { ExecuteOptions, Status } from './execute.js';
import { hasTag, joined } from './format.js';

const HEARTBEAT_SECONDS = 30;

/** The parts of ExecuteOptions that watch a run. `verbose` passes on all that the cells print. */
export function createReporter({
  verbose = false,
} = {}): Pick<ExecuteOptions, 'onCellStart' | 'onMessage' | 'onCellEnd'> {
  const live = Boolean(process.stdout.isTTY) && !verbose;
  const width = () => Math.max(20, (process.stdout.columns ?? 80) - 1);
  let begun = 0;
  let last = '';
  let title = '';
  let timer: NodeJS.Timeout | undefined;

  /** Rewritten in place in a terminal; elsewhere (a log) a line from time to time. */
  function status() {
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    const line = `  ${title} … ${seconds} s${last ? `  ${last}` : ''}`;
    if (live) process.stdout.write(`\r\x1b[K${line.slice(0, width())}`);
    else console.log(line);
  }

  return {
    onCellStart(number, cell) {
      begun = performance.now();
      last = '';
      title = `cell ${number}`;
      const label = hasTag(cell, 'injected-parameters')
        ? 'parameters'
        : joined(cell.source).match(/^\/\/ (.*)$/m)?.[1];
      if (label) title += ` (${label.slice(0, 60)})`;
      clearInterval(timer);
      if (live) status();
      if (!verbose) timer = setInterval(status, live ? 1000 : HEARTBEAT_SECONDS * 1000);
      else console.log(`  ${title} …`);
    },
    onMessage({ type, content }) {
      if (type !== 'stream') return;
      if (verbose) process.stdout.write(content.text);
      else
        last =
          String(content.text)
            .split(/[\r\n]/)
            .findLast((line) => line.trim())
            ?.trim() ?? last;
    },
    onCellEnd(number, state: Status, seconds) {
      clearInterval(timer);
      if (live) process.stdout.write('\r\x1b[K');
      console.log(`  cell ${number} ${state} (${seconds.toFixed(1)} s)`);
    },
  };
}
