// How far a grid is, as it goes: a line that is written over on a terminal, under what else is said; lines in a log elsewhere.
import { type GridProgress, progressLine } from '../study/progress.js';

const CLEAR = '\r\x1b[K';

export interface GridPrinter {
  /** Elsewhere than on a terminal with every change, and each minute. */
  show(progress: GridProgress): void;
  /** A line that stays. */
  say(line: string): void;
  /** Leaves the last state standing. */
  stop(): void;
}

export function gridProgress(
  quiet: boolean,
  out: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
): GridPrinter {
  if (quiet) return { show: () => {}, say: () => {}, stop: () => {} };
  if (out.isTTY) {
    let shown = '';
    return {
      show: (progress) => {
        const line = progressLine(progress);
        if (line !== shown) out.write(`${CLEAR}${line}`);
        shown = line;
      },
      say: (line) => out.write(shown === '' ? `${line}\n` : `${CLEAR}${line}\n${shown}`),
      stop: () => {
        if (shown !== '') out.write('\n');
        shown = '';
      },
    };
  }
  let [counted, last] = ['', 0];
  return {
    show: (progress) => {
      const counts = `${progress.finished} ${progress.failed} ${progress.running.length}`;
      if (counts === counted && Date.now() - last <= 60_000) return;
      out.write(`${progressLine(progress)}\n`);
      [counted, last] = [counts, Date.now()];
    },
    say: (line) => out.write(`${line}\n`),
    stop: () => {},
  };
}
