// A study: settings x seeds as data, in a JSON file or from the command line.
import type { Scale } from '../search/config.js';
import type { JobKind, Label } from './jobs.js';

/** Settings of a job's kind by name: of a search SearchConfig's, of a training EvaluationConfig's and `architecture`, of a rival its own. */
export type Settings = Readonly<Record<string, unknown>>;

/** Values of the setting that the axis is called after, or settings by name: then the axis is a column of that name. */
export type Axis = readonly (string | number | boolean | null)[] | Readonly<Record<string, Settings>>;

/** A setting with a name of its own, in the column `variant`. */
export interface Variant {
  name: string;
  /** Default: the study's. */
  kind?: JobKind;
  settings?: Settings;
  /** More columns. */
  label?: Label;
  /** Instead of the study's axes. */
  axes?: Readonly<Record<string, Axis>>;
  /** Instead of the study's seeds. */
  seeds?: string | readonly number[];
}

/** What a job is granted; a Slurm array asks for it. */
export interface Resources {
  /** Jobs at once. Default: the cores divided by `threads`. */
  parallel?: number;
  /** Threads of a job; 1 by default, which uses the cores best. */
  threads?: number;
  /** Memory of a job. Default: learned from the runs. */
  memoryMiB?: number;
  /** Slurm: time limit of a job. */
  minutes?: number;
}

/**
 * The jobs are all variants x axes x seeds; seed by seed, so that an unfinished study has all settings of the first seeds.
 * A setting is made of the scale's preset, `base`, the variant's settings and the axes' values, the later ones first in rank.
 * `base` is for the study's own kind; variants of another kind have only their own settings.
 */
export interface StudyDefinition {
  format: 'drnas-study-1';
  /** Letters, digits and `-`: the study's own files are in `study-NAME` beside the runs. */
  name: string;
  title?: string;
  /** Default: search. */
  kind?: JobKind;
  /** The preset that all settings change. Default: laptop. */
  scale?: Scale;
  base?: Settings;
  axes?: Readonly<Record<string, Axis>>;
  variants?: readonly Variant[];
  /** `0-4`, `0,3,7` or a list. */
  seeds: string | readonly number[];
  /** Columns and values of the one setting that the others are compared with. Default: the first. */
  reference?: Label;
  /** What is summarised, a number of the result rows; default `cifar10`, of trainings `accuracy`. */
  metric?: string;
  resources?: Resources;
  /** Folder of the runs, from the project's root; default `runs`, where other studies and searches find them, too. */
  out?: string;
}
