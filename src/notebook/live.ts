// Follows a search in one figure that is redrawn in place, seldom enough that the search hardly notices.
import { type LiveRecord, liveView } from '../figures/liveView.js';
import type { SearchEvent } from '../search/events.js';
import { liveFigure, type PlotlyFigure } from './figure.js';
import { formatDuration } from './progress.js';

export interface LiveSearchOptions {
  /** The run's number of epochs. */
  epochs: number;
  /** Title of the figure. */
  title?: string;
  subtitle?: string;
  /** Epochs that an interrupted run has behind it. */
  done?: readonly LiveRecord[];
  /** Shortest time between two drawings, seconds. */
  every?: number;
  /** Drawings take at most this share of the time. */
  share?: number;
  draw?: (figure: PlotlyFigure) => Promise<void>;
  /** Milliseconds, as of performance.now(). */
  clock?: () => number;
}

export interface LiveSearch {
  /** Shows the empty figure, which loads what draws: before the search, so that no step waits for it. */
  begin(): Promise<void>;
  /** For the search's events, all of them; returns at once and draws where it is time. */
  onEvent(event: SearchEvent): void;
  /** Draws the end. @throws where a drawing failed */
  finish(epochs?: readonly LiveRecord[]): Promise<void>;
  /** Drawings while the search ran, and the seconds that they took. */
  drawn(): { count: number; seconds: number };
}

const DEFAULTS = { every: 2, share: 0.04 };

/** A drawing holds up the search, as both want the same thread; the more it takes, the longer the next one waits. */
export function liveSearch(options: LiveSearchOptions): LiveSearch {
  const { epochs: lastEpoch, title, subtitle, done = [] } = options;
  const { every, share, draw = liveFigure(), clock = () => performance.now() } = { ...DEFAULTS, ...options };
  const seen: LiveRecord[] = [...done];
  const drawn = { count: 0, seconds: 0 };
  let status = done.length > 0 ? `epoch ${done.at(-1)!.epoch} of ${lastEpoch}` : '';
  let next = Number.NEGATIVE_INFINITY;
  let drawing: Promise<void> | undefined;
  let failure: unknown;

  async function redraw(records: readonly LiveRecord[]): Promise<number> {
    const from = clock();
    await draw(liveView(records, { lastEpoch, title, subtitle, status }));
    const seconds = (clock() - from) / 1000;
    next = clock() + 1000 * Math.max(every, seconds / share - seconds);
    return seconds;
  }

  return {
    async begin() {
      await redraw(seen);
      // The empty figure is not what a drawing costs later: the first epoch is shown at once.
      next = Number.NEGATIVE_INFINITY;
    },
    onEvent(event) {
      if (event.event === 'epoch') seen.push(event);
      if (event.event === 'stage' || failure || drawing) return;
      const left = Number.isFinite(event.secondsLeft) ? `, ${formatDuration(event.secondsLeft)} left` : '';
      status = `epoch ${seen.at(-1)?.epoch ?? 0} of ${lastEpoch}${left}`;
      if (seen.length === done.length || clock() < next) return;
      drawing = redraw([...seen])
        .then((seconds) => {
          drawn.count++;
          drawn.seconds += seconds;
        })
        .catch((error) => {
          failure = error;
        })
        .finally(() => {
          drawing = undefined;
        });
    },
    async finish(epochs = seen) {
      await drawing;
      if (failure) throw failure;
      status = `epoch ${epochs.at(-1)?.epoch ?? 0} of ${lastEpoch}`;
      await redraw(epochs);
    },
    drawn: () => ({ ...drawn }),
  };
}
