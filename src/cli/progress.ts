// A progress bar for a search, with losses, accuracy and time left.
import cliProgress from 'cli-progress';
import type { Dataset } from '../data/types.js';
import { stepsPerEpoch } from '../search/batches.js';
import type { SearchConfig } from '../search/config.js';
import type { EpochEvent, SearchEvent } from '../search/events.js';

/** `3:07`. */
export const minutes = (seconds: number) => {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
};

/** One line on an epoch, for terminals that show no bar and for logs. */
export function epochLine(event: EpochEvent, epochs: number): string {
  const percent = (x: number | null) => (x === null ? '  – ' : (100 * x).toFixed(1));
  const table = event.lookup
    ? ` | table ${event.lookup.cifar10.toFixed(2)} % rank ${event.lookup.rank.cifar10}`
    : '';
  return (
    `epoch ${event.epoch}/${epochs} | train loss ${event.trainLoss.toFixed(3)} acc ${percent(event.trainAccuracy)} % | ` +
    `valid acc ${percent(event.validAccuracy)} % | entropy ${event.entropy.toFixed(3)}${table} | ${event.genotype} | ${minutes(event.secondsLeft)} left`
  );
}

export function searchProgress(config: SearchConfig, dataset: Dataset, quiet: boolean) {
  if (quiet) return { onEvent: () => {}, stop: () => {} };
  if (!process.stderr.isTTY) {
    return {
      onEvent: (event: SearchEvent) => {
        if (event.event === 'epoch') console.error(epochLine(event, config.epochs));
      },
      stop: () => {},
    };
  }
  const bar = new cliProgress.SingleBar({
    format: 'search {bar} step {value}/{total} | loss {loss} | acc {accuracy} % | {left} left',
    stream: process.stderr,
    hideCursor: true,
  });
  bar.start(config.epochs * stepsPerEpoch(config, dataset), 0, { loss: '–', accuracy: '–', left: '–' });
  return {
    onEvent: (event: SearchEvent) => {
      if (event.event !== 'step') return;
      bar.update(event.step, {
        loss: event.trainLoss.toFixed(3),
        accuracy: (100 * event.trainAccuracy).toFixed(0),
        left: minutes(event.secondsLeft),
      });
    },
    stop: () => bar.stop(),
  };
}
