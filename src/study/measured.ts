// Runs of a study as a measured value of an exhibit, with the settings and the cost that the report prints beside it.
import { mean } from 'simple-statistics';
import type { MeasuredResult, MeasuredScale } from '../experiments/measured.js';
import { type SearchConfig, searchConfig } from '../search/config.js';
import type { StudyDefinition } from './definition.js';
import type { RecordedRun } from './record.js';

/** The size of a study's searches in short: supernet, images, steps. */
export function studySize({ scale = 'laptop', base }: Pick<StudyDefinition, 'scale' | 'base'>): string {
  const { dataset: _, ...changes } = (base ?? {}) as Partial<SearchConfig>;
  const { channels, cellsPerStage, imageSize, epochs, stepsPerEpoch, batchSize } = searchConfig(
    scale,
    changes,
  );
  const steps =
    stepsPerEpoch === null ? `${epochs} epochs` : `${(epochs * stepsPerEpoch).toLocaleString('en-GB')} steps`;
  return `C = ${channels}, N = ${cellsPerStage}, ${imageSize}x${imageSize} images, ${steps} of batch ${batchSize}`;
}

/** What a run cost on average, and where. */
export function studyCost(runs: readonly RecordedRun[]): string {
  const seconds = runs.flatMap((run) => (run.seconds === undefined ? [] : [run.seconds]));
  const places = [
    ...new Set(runs.map(({ backend, machine }) => [backend, machine].filter(Boolean).join(', '))),
  ];
  return `${mean(seconds).toFixed(0)} s a run beside other programs: ${places.filter(Boolean).join('; ') || 'unknown'}`;
}

export interface StudyMeasureOptions {
  /** Default: CIFAR-10 test accuracy in the table, %. */
  of?: (run: RecordedRun) => number | undefined;
  settings?: string;
  otherExperiment?: string;
  note?: string;
  notebook?: string;
  manifest?: string;
}

/** The value of every run, none left out; a run without one (it diverged) is named in the note. */
export function measuredRuns(
  exhibit: string,
  study: Pick<StudyDefinition, 'scale' | 'base'>,
  runs: readonly RecordedRun[],
  { of = ({ cifar10 }) => cifar10, settings, note, ...rest }: StudyMeasureOptions = {},
): MeasuredResult[] {
  const valued = runs.flatMap((run) => {
    const value = of(run);
    return value === undefined ? [] : [{ seed: run.seed, value }];
  });
  if (valued.length === 0) return [];
  const gone = runs.length - valued.length;
  const notes = [note, gone > 0 ? `${gone} of ${runs.length} runs have no value` : undefined].filter(Boolean);
  return [
    {
      exhibit,
      values: valued.map(({ value }) => value),
      seeds: valued.map(({ seed }) => seed),
      scale: (study.scale ?? 'laptop') as MeasuredScale,
      dataset: runs.find(({ dataset }) => dataset !== undefined)?.dataset?.split(' (')[0] ?? 'unknown',
      cost: studyCost(runs),
      settings: [studySize(study), settings].filter(Boolean).join(', '),
      ...(notes.length > 0 && { note: notes.join('; ') }),
      ...rest,
    },
  ];
}
