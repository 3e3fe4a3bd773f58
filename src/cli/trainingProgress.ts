// How far a training from scratch is, and what it came to.
import cliProgress from 'cli-progress';
import type { Dataset } from '../data/types.js';
import { stepsPerEpoch } from '../evaluation/batches.js';
import type { EvaluationConfig } from '../evaluation/config.js';
import type { TrainingEpochEvent, TrainingEvent } from '../evaluation/events.js';
import type { EvaluationResult } from '../evaluation/run.js';
import { minutes } from './progress.js';

/** One line on an epoch, for logs and terminals that show no bar. */
function trainingLine(event: TrainingEpochEvent, epochs: number): string {
  const percent = (x: number) => (100 * x).toFixed(2);
  return (
    `epoch ${event.epoch}/${epochs} | train loss ${event.trainLoss.toFixed(3)} acc ${percent(event.trainAccuracy)} % | ` +
    `test acc ${percent(event.test.accuracy)} % (best ${percent(event.bestTest.accuracy)} %) top-5 ${percent(event.test.top5)} % | ` +
    `lr ${event.learningRate.toPrecision(3)} | ${event.imagesPerSecond.toFixed(0)} images/s | ${minutes(event.secondsLeft)} left`
  );
}

/** Events as a bar on a terminal, as a line an epoch elsewhere. */
export function trainingProgress(config: EvaluationConfig, dataset: Dataset, quiet: boolean) {
  const lines = (event: TrainingEvent) => {
    if (event.event === 'epoch') console.error(trainingLine(event, config.epochs));
  };
  if (quiet) return { onEvent: () => {}, stop: () => {} };
  if (!process.stderr.isTTY) return { onEvent: lines, stop: () => {} };
  const bar = new cliProgress.SingleBar({
    format: 'train {bar} step {value}/{total} | loss {loss} | test acc {accuracy} % | {left} left',
    stream: process.stderr,
    hideCursor: true,
  });
  bar.start(config.epochs * stepsPerEpoch(config, dataset), 0, { loss: '–', accuracy: '–', left: '–' });
  return {
    onEvent: (event: TrainingEvent) =>
      event.event === 'step'
        ? bar.update(event.step, { loss: event.loss.toFixed(3), left: minutes(event.secondsLeft) })
        : bar.update(event.step, { accuracy: (100 * event.test.accuracy).toFixed(2) }),
    stop: () => bar.stop(),
  };
}

/** What a training came to, in words. */
export function printResult(
  result: EvaluationResult,
  config: EvaluationConfig,
  dataset: Dataset,
  folder: string,
): void {
  const percent = (x: number) => (100 * x).toFixed(2);
  console.log(`trained      ${result.architecture.name}: ${result.architecture.text}`);
  console.log(
    `on           ${dataset.title}, scale ${config.scale}, seed ${config.seed}, ${result.steps} steps, ${result.seconds.toFixed(0)} s`,
  );
  console.log(
    `network      ${(result.parameters / 1e6).toFixed(3)} M parameters, ${(result.multiplyAdds / 1e6).toFixed(1)} M multiply-adds`,
  );
  console.log(
    `test         ${percent(result.last.accuracy)} % top-1, ${percent(result.last.top5)} % top-5 after the last epoch`,
  );
  console.log(
    `best epoch   ${percent(result.best.accuracy)} % at ${result.best.epoch}: chosen on the test set, no estimate`,
  );
  console.log(`weights      SHA-256 ${result.weightsSha256}`);
  console.log(`folder       ${folder}`);
}
