// A progress bar for a search, with losses, accuracy and time left.
import cliProgress from 'cli-progress';
import type { Dataset } from '../data/types.js';
import { stepsPerEpoch } from '../search/batches.js';
import type { SearchConfig } from '../search/config.js';
import type { EpochEvent, Quality, SearchEvent, StageEvent } from '../search/events.js';

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
  const { ranking, hessian } = event.diagnostics ?? {};
  const agreement = ranking?.rows.find(({ scorer, set }) => scorer === 'supernet accuracy' && set === 'test');
  const dominant = hessian && ('eigenvalues' in hessian ? hessian.eigenvalues[0] : hessian.largest);
  const measured =
    (agreement ? ` | tau ${agreement.tau.toFixed(3)}` : '') +
    (dominant === undefined ? '' : ` | dominant eigenvalue ${dominant.toPrecision(3)}`);
  return (
    `epoch ${event.epoch}/${epochs} | train loss ${event.trainLoss.toFixed(3)} acc ${percent(event.trainAccuracy)} % | ` +
    `valid acc ${percent(event.validAccuracy)} % | entropy ${event.entropy.toFixed(3)}${table}${measured} | ${event.genotype} | ${minutes(event.secondsLeft)} left`
  );
}

/** One line on a stage that begins, with how far the supernet's output jumped. */
export function stageLine({ stage, k, operations, parameters, jump, rule }: StageEvent): string {
  const million = (n: number) => `${(n / 1e6).toFixed(3)} M`;
  const quality = (q: Quality | null) =>
    q ? `${q.loss.toFixed(3)} (${(100 * q.accuracy).toFixed(1)} %)` : '–';
  return (
    `${stage} begins: k = ${k}, ${operations} operations an edge, ${million(parameters.before)} -> ${million(parameters.after)} weights (${rule}) | ` +
    `loss and accuracy ${quality(jump.before)}, pruned ${quality(jump.pruned)}, widened ${quality(jump.widened)}`
  );
}

export function searchProgress(config: SearchConfig, dataset: Dataset, quiet: boolean) {
  if (quiet) return { onEvent: () => {}, stop: () => {} };
  if (!process.stderr.isTTY) {
    return {
      onEvent: (event: SearchEvent) => {
        if (event.event === 'epoch') console.error(epochLine(event, config.epochs));
        if (event.event === 'stage') console.error(`stage ${stageLine(event)}`);
      },
      stop: () => {},
    };
  }
  const bar = new cliProgress.SingleBar({
    format: 'search {bar} step {value}/{total} | loss {loss} | acc {accuracy} % | {left} left{stage}',
    stream: process.stderr,
    hideCursor: true,
  });
  bar.start(config.epochs * stepsPerEpoch(config, dataset), 0, {
    loss: '–',
    accuracy: '–',
    left: '–',
    stage: '',
  });
  return {
    onEvent: (event: SearchEvent) => {
      if (event.event === 'stage') bar.update({ stage: ` | stage ${event.stage}, k = ${event.k}` });
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
