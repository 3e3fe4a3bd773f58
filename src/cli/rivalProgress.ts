// A bar, or lines in a log, for a rival with weight sharing: its epochs, then its candidates.
import cliProgress from 'cli-progress';
import type { Dataset } from '../data/types.js';
import type { SharingConfig } from '../rivals/sharing/config.js';
import type { SharingEvent } from '../rivals/sharing/events.js';
import { stepsPerEpoch } from '../search/batches.js';
import { minutes } from './progress.js';

/** One line on an epoch or a group of candidates; steps have none. */
export function rivalLine(event: SharingEvent, epochs: number): string | undefined {
  const percent = (x: number) => (100 * x).toFixed(1);
  if (event.event === 'epoch') {
    const { controller } = event;
    const learned = controller
      ? ` | controller acc ${percent(controller.accuracy)} % entropy ${controller.entropy.toFixed(3)}`
      : '';
    return (
      `epoch ${event.epoch}/${epochs} | train loss ${event.trainLoss.toFixed(3)} acc ${percent(event.trainAccuracy)} %` +
      `${learned} | ${minutes(event.secondsLeft)} left`
    );
  }
  if (event.event === 'candidates') {
    const table = event.lookup
      ? ` | table ${event.lookup.cifar10.toFixed(2)} % rank ${event.lookup.rank.cifar10}`
      : '';
    return (
      `candidates ${event.done}/${event.of} | best ${percent(event.best.accuracy)} % ${event.genotype}` +
      `${table} | ${minutes(event.secondsLeft)} left`
    );
  }
  return undefined;
}

/** Events as a bar on a terminal, as lines elsewhere. */
export function rivalProgress(config: SharingConfig, dataset: Dataset, quiet: boolean) {
  if (quiet) return { onEvent: () => {}, stop: () => {} };
  const { epochs } = config.search;
  if (!process.stderr.isTTY) {
    return {
      onEvent: (event: SharingEvent) => {
        const line = rivalLine(event, epochs);
        if (line !== undefined) console.error(line);
      },
      stop: () => {},
    };
  }
  const bar = new cliProgress.SingleBar({
    format: `${config.rival} {bar} {value}/{total} {what} | {note} | {left} left`,
    stream: process.stderr,
    hideCursor: true,
  });
  bar.start(epochs * stepsPerEpoch(config.search, dataset), 0, { what: 'updates', note: '–', left: '–' });
  return {
    onEvent: (event: SharingEvent) => {
      if (event.event === 'step')
        bar.update(event.step, {
          note: `loss ${event.trainLoss.toFixed(3)}`,
          left: minutes(event.secondsLeft),
        });
      if (event.event === 'candidates') {
        bar.setTotal(event.of);
        const note = `best ${(100 * event.best.accuracy).toFixed(1)} %`;
        bar.update(event.done, { what: 'candidates', note, left: minutes(event.secondsLeft) });
      }
    },
    stop: () => bar.stop(),
  };
}
