// A line that counts long work and estimates the time left, rewritten in place in a terminal and in a notebook.
import { isNotebook } from './kernel.js';

export interface ProgressLine {
  /** `text`: what else is worth showing; `secondsLeft`: an estimate that is better than the line's own. */
  update(done: number, text?: string, secondsLeft?: number): void;
  /** Leaves the line with `text` and begins a new one. */
  end(text?: string): void;
}

export interface ProgressOptions {
  label?: string;
  /** Where a resumed run begins: what was done earlier says nothing about the speed now. */
  initial?: number;
  out?: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  /** Whether the line can be rewritten; by default in a terminal and in a notebook. */
  rewrite?: boolean;
  /** Milliseconds, as of performance.now(). */
  clock?: () => number;
}

/** The shortest time between two writings, in ms: what can be rewritten is, a log gets a line now and then. */
const INTERVAL = { rewrite: 200, log: 30_000 };
const BAR = 20;

/** "8 s", "3 min 20 s", "2 h 05 min". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '?';
  const whole = Math.round(seconds);
  if (whole < 60) return seconds < 10 && whole !== seconds ? `${seconds.toFixed(1)} s` : `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}

/** `total`: the number of steps at which the work is done. */
export function progressLine(total: number, options: ProgressOptions = {}): ProgressLine {
  const { label = '', initial = 0, out = process.stdout, clock = () => performance.now() } = options;
  const { rewrite = Boolean(out.isTTY) || isNotebook() } = options;
  const begin = clock();
  let last = Number.NEGATIVE_INFINITY;
  let length = 0;

  function write(line: string): void {
    const text = out.isTTY && out.columns ? line.slice(0, out.columns - 1) : line;
    // Padded, as a shorter line would leave the end of the longer one behind.
    out.write(rewrite ? `\r${text.padEnd(length)}` : `${text}\n`);
    length = text.length;
    last = clock();
  }

  return {
    update(done, text = '', secondsLeft) {
      const isLast = done >= total;
      if (!isLast && clock() - last < (rewrite ? INTERVAL.rewrite : INTERVAL.log)) return;
      const elapsed = (clock() - begin) / 1000;
      const left =
        secondsLeft ?? (done > initial ? (elapsed / (done - initial)) * (total - done) : Number.NaN);
      const filled = Math.round((BAR * Math.min(done, total)) / Math.max(total, 1));
      const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}]`;
      const times = isLast
        ? formatDuration(elapsed)
        : `${formatDuration(elapsed)}, ${formatDuration(left)} left`;
      write([label, bar, `${done}/${total}`, times, text].filter(Boolean).join('  '));
    },
    end(text) {
      if (text !== undefined) write(text);
      if (rewrite && length > 0) out.write('\n');
      length = 0;
    },
  };
}
