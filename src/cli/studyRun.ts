// `drnas study run`: what is unfinished of a study, in parallel processes or as a Slurm job array.
import { Command, Option } from 'commander';
import { type Preference, preferences } from '../backend/choose.js';
import { PRESETS, type Scale } from '../search/config.js';
import { defined } from '../study/defined.js';
import type { StudyDefinition } from '../study/definition.js';
import { definitionOf } from '../study/fromOptions.js';
import { runGrid } from '../study/grid.js';
import type { GridJob } from '../study/jobs.js';
import { standing } from '../study/perform.js';
import { studyRows } from '../study/rows.js';
import { knownJobs, storeJobs, studyFiles, studyJobs } from '../study/study.js';
import { summariseStudy } from '../study/summary.js';
import { studyText } from '../study/text.js';
import { abortOnSignal } from './abort.js';
import { gridProgress } from './gridProgress.js';
import { integer } from './parsers.js';
import { STUDY, studyOf } from './studyArgument.js';
import { runOnSlurm } from './studySlurm.js';

const list = (value: string, all: string[] = []) => [...all, value];

export interface RunOptions {
  parallel?: number;
  threads?: number;
  memory?: number;
  executor: 'local' | 'slurm';
  sbatch?: string[];
  only?: string[];
  retry?: boolean;
  dryRun?: boolean;
  backend?: Preference;
  dataFolder?: string;
  table?: string;
  quiet?: boolean;
  name?: string;
  scale?: Scale;
  full?: boolean;
  set?: string[];
  axis?: string[];
  seeds?: string;
}

/** The study of the argument, or without one of the options; refuses options that would be passed over. */
export function studyAsked(
  given: string | undefined,
  options: Pick<RunOptions, 'name' | 'scale' | 'full' | 'set' | 'axis' | 'seeds'>,
): StudyDefinition {
  const { full, ...own } = options;
  if (given === undefined) {
    if (full) throw new Error('--full is for a study of the kit: without a file the preset is as it is');
    return definitionOf(own);
  }
  for (const option of ['name', 'set', 'axis'] as const)
    if (options[option] !== undefined)
      throw new Error(`--${option} stands beside ${given}, which says it itself: leave one of them out`);
  const { scale, seeds } = options;
  return studyOf(given, { scale, seeds, full });
}

/** The jobs of these ids; a wrong one is named. */
function chosen(jobs: GridJob[], ids: string[] | undefined): GridJob[] {
  if (ids === undefined) return jobs;
  for (const id of ids)
    if (!jobs.some((job) => job.id === id))
      throw new Error(`the study has no job ${JSON.stringify(id)}: drnas study status lists them`);
  return jobs.filter(({ id }) => ids.includes(id));
}

async function run(given: string | undefined, options: RunOptions): Promise<void> {
  const { only, executor, backend, dataFolder, table, quiet } = options;
  const study = studyAsked(given, options);
  const progress = gridProgress(quiet === true);
  const log = progress.say;
  // A task of an array has one job, and need not open the data of all.
  const all = await (only === undefined ? studyJobs : knownJobs)(study, {
    dataFolder,
    tableFile: table,
    log,
  });
  const jobs = chosen(all, only);
  if (options.dryRun) {
    for (const job of jobs) console.log(`${job.id}  ${standing(job)}  ${job.folder}`);
    return;
  }
  const { parallel, threads, memory: memoryMiB } = options;
  const granted = defined({ parallel, threads, memoryMiB });
  if (only === undefined || executor === 'slurm') storeJobs(study, all);
  if (executor === 'slurm') {
    const { sbatch, retry } = options;
    return runOnSlurm(study, jobs, { ...granted, sbatch, retry, backend, dataFolder, table });
  }
  const signal = abortOnSignal('interrupted; the same command goes on from here');
  const report = await runGrid(jobs, {
    ...study.resources,
    ...granted,
    ...{ backend, dataFolder, tableFile: table, retryDiverged: options.retry, signal, log },
    journal: studyFiles(study).journal,
    onProgress: progress.show,
    onOutcome: ({ job, state, reused, reason }) => {
      if (!reused || state !== 'finished') log(`${job.id}: ${state}${reason ? `: ${reason}` : ''}`);
    },
  });
  progress.stop();
  signal.throwIfAborted();
  if (only === undefined) {
    const rows = studyRows(jobs);
    console.log(studyText(study, rows, summariseStudy(study, rows)));
  }
  const failed = report.outcomes.filter(({ state }) => state === 'failed');
  if (failed.length > 0) {
    console.error(`${failed.length} jobs failed; the same command tries them again`);
    process.exitCode = 1;
  }
}

export function runCommand(): Command {
  return new Command('run')
    .description('run what is unfinished of a study, from a file or from --axis and --seeds')
    .argument('[file]', STUDY)
    .option(
      '--parallel <n>',
      'processes at once (default: the cores divided by the threads of each)',
      integer,
    )
    .option('--threads <n>', 'threads of each process (default: 1)', integer)
    .option('--memory <MiB>', 'memory of each process (default: learned from the runs)', integer)
    .addOption(
      new Option('--executor <name>', 'processes here, or a job array')
        .choices(['local', 'slurm'])
        .default('local'),
    )
    .option(
      '--sbatch <option>',
      'a further option for sbatch, as --sbatch=--partition=long; may be repeated',
      list,
    )
    .option('--only <id>', 'run this job; may be repeated', list)
    .option('--retry', 'run diverged runs again, too')
    .option('--dry-run', 'list the jobs and their folders, and stop')
    .addOption(new Option('--backend <name>', 'what computes').choices([...preferences]))
    .option('--data-folder <path>', 'folder that holds the data sets')
    .option('--table <file>', 'NAS-Bench-201 table')
    .option('--quiet', 'no progress')
    .option('--name <name>', 'without a file: what the study is called')
    .addOption(
      new Option(
        '--scale <name>',
        'without a file, and for a study of the kit: the preset (default: laptop)',
      ).choices(Object.keys(PRESETS)),
    )
    .option('--full', 'of a study of the kit at laptop scale: the preset as it is, not the shorter searches')
    .option(
      '--axis <name=values>',
      'without a file: an axis, as sampler=dirichlet,softmax; may be repeated',
      list,
    )
    .option('--set <name=json>', 'without a file: a setting of all runs; may be repeated', list)
    .option('--seeds <list>', 'without a file: seeds, as 0-4 or 0,3,7 (of a study of the kit: 0-4)')
    .addHelpText(
      'after',
      `
Every run is a process and a folder of its own, addressed by its configuration and data: what is finished is not repeated,
what was interrupted goes on, and studies that share a run share its folder. A run that dies or diverges is recorded and
takes no other along. Ctrl-C stops all runs between two steps; the same command goes on.

Examples:
  drnas study run samplers --scale smoke --seeds 0-1
  drnas study run my-study.json
  drnas study run my-study.json --executor slurm --sbatch=--partition=long
  drnas study run --name regularisers --axis regulariser=none,l2,kl --seeds 0-4 --scale laptop
  drnas study status samplers
  drnas study table my-study.json --csv runs.csv`,
    )
    .action(run);
}
