// `drnas study`: a grid of settings and seeds, run in parallel processes or as a Slurm job array; its status and its table.
import { existsSync } from 'node:fs';
import { Command, Option } from 'commander';
import { writeAtomically } from '../atomic.js';
import { type Preference, preferences } from '../backend/choose.js';
import { ABLATIONS } from '../experiments/ablations.js';
import type { Scale } from '../search/config.js';
import { checkDefinition, readDefinition } from '../study/checkDefinition.js';
import type { StudyDefinition } from '../study/definition.js';
import { definitionOf } from '../study/fromOptions.js';
import { runGrid } from '../study/grid.js';
import type { GridJob } from '../study/jobs.js';
import { readJournal } from '../study/journal.js';
import { standing } from '../study/perform.js';
import { progressLine } from '../study/progress.js';
import { studyRows } from '../study/rows.js';
import {
  freeLostJobs,
  hasSlurm,
  slurmQueue,
  submit,
  wasSubmitted,
  writeSlurmScript,
} from '../study/slurm.js';
import { statusText, studyStatus } from '../study/status.js';
import { knownJobs, storeJobs, studyFiles, studyJobs } from '../study/study.js';
import { summariseStudy } from '../study/summary.js';
import { runsTable } from '../study/tables.js';
import { studyText } from '../study/text.js';
import { abortOnSignal } from './abort.js';
import { integer } from './parsers.js';

const list = (value: string, all: string[] = []) => [...all, value];

interface RunOptions {
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
  set?: string[];
  axis?: string[];
  seeds?: string;
}

/** A study by its file; by name one of the kit's, at a scale and with seeds that may be given, or one that was run before. */
function studyOf(
  given: string,
  { scale, seeds, fresh }: { scale?: Scale; seeds?: string; fresh: boolean },
): StudyDefinition {
  if (existsSync(given)) {
    if (scale !== undefined || seeds !== undefined)
      throw new Error(`${given} says its scale and seeds itself: change them there`);
    return readDefinition(given);
  }
  const stored = studyFiles({ name: given }).definition;
  if (given in ABLATIONS && (fresh || !existsSync(stored))) {
    return checkDefinition(ABLATIONS[given]({ ...(scale && { scale }), ...(seeds && { seeds }) }));
  }
  if (existsSync(stored)) return readDefinition(stored);
  const names = Object.keys(ABLATIONS).join(', ');
  throw new Error(
    `there is no study ${given}: give a file, one of ${names}, or the name of one that was run`,
  );
}

/** The jobs of these ids; a wrong one is named. */
function chosen(jobs: GridJob[], ids: string[] | undefined): GridJob[] {
  if (ids === undefined) return jobs;
  for (const id of ids)
    if (!jobs.some((job) => job.id === id))
      throw new Error(`the study has no job ${JSON.stringify(id)}: drnas study status lists them`);
  return jobs.filter(({ id }) => ids.includes(id));
}

/** Writes, and where it can submits, the array of what neither has ended nor is in the queue. */
function runOnSlurm(study: StudyDefinition, jobs: readonly GridJob[], options: RunOptions): void {
  const { slurm, definition: file } = studyFiles(study);
  const here = hasSlurm();
  const queue = here ? slurmQueue(slurm) : undefined;
  const open = jobs.filter(
    (job) => standing(job) !== 'finished' && (options.retry || standing(job) !== 'diverged'),
  );
  const waiting = open.filter(({ id }) => !queue?.states.has(id));
  if (queue) freeLostJobs(waiting, queue);
  if (waiting.length < open.length)
    console.error(`${open.length - waiting.length} jobs are in Slurm's queue already`);
  if (waiting.length === 0) {
    console.log('nothing to submit');
    return;
  }
  const { dataFolder, table, backend, parallel, threads, memory } = options;
  const ids = waiting.map(({ id }) => id);
  const script = writeSlurmScript({
    ...study.resources,
    ...(parallel !== undefined && { parallel }),
    ...(threads !== undefined && { threads }),
    ...(memory !== undefined && { memoryMiB: memory }),
    ...{ name: study.name, file, jobs: ids, folder: slurm, sbatch: options.sbatch },
    more: [
      ...(dataFolder ? ['--data-folder', dataFolder] : []),
      ...(table ? ['--table', table] : []),
      ...(backend ? ['--backend', backend] : []),
      ...(options.retry ? ['--retry'] : []),
    ],
  });
  console.log(
    here
      ? `submitted ${ids.length} jobs as array ${submit(script, ids, slurm)}: ${script}`
      : `sbatch is not on this machine; where it is, submit ${script} (${ids.length} jobs)`,
  );
}

/** On a terminal one line that is written over, elsewhere a line a minute and with every change. */
function progressPrinter(quiet: boolean) {
  let [shown, counted, last] = ['', '', 0];
  return (progress: Parameters<typeof progressLine>[0], final = false) => {
    if (quiet) return;
    const line = progressLine(progress);
    if (process.stderr.isTTY) {
      if (line !== shown) process.stderr.write(`\r\x1b[K${line}`);
      if (final) process.stderr.write('\n');
    } else {
      const counts = `${progress.finished} ${progress.failed} ${progress.running.length}`;
      if (counts !== counted || Date.now() - last > 60_000) {
        console.error(line);
        last = Date.now();
      }
      counted = counts;
    }
    shown = line;
  };
}

function runCommand(): Command {
  return new Command('run')
    .description('run what is unfinished of a study, from a file or from --axis and --seeds')
    .argument(
      '[file]',
      `study (JSON), one of ${Object.keys(ABLATIONS).join(', ')}, or the name of one that was run`,
    )
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
      new Option('--scale <name>', 'without a file: the preset (default: laptop)').choices([
        'smoke',
        'laptop',
        'paper',
      ]),
    )
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
    .action(async (given: string | undefined, options: RunOptions) => {
      const log = options.quiet ? () => {} : (line: string) => console.error(line);
      const { scale, seeds } = options;
      const study =
        given === undefined ? definitionOf(options) : studyOf(given, { scale, seeds, fresh: true });
      const files = studyFiles(study);
      // A task of an array has one job, and need not open the data of all.
      const resolved = options.only === undefined ? studyJobs : knownJobs;
      const all = await resolved(study, { dataFolder: options.dataFolder, log });
      const jobs = chosen(all, options.only);
      if (options.dryRun) {
        for (const job of jobs) console.log(`${job.id}  ${standing(job)}  ${job.folder}`);
        return;
      }
      if (options.only === undefined) storeJobs(study, all);
      if (options.executor === 'slurm') return runOnSlurm(study, jobs, options);
      const signal = abortOnSignal('interrupted; the same command goes on from here');
      const resources = study.resources ?? {};
      const print = progressPrinter(options.quiet === true);
      const report = await runGrid(jobs, {
        parallel: options.parallel ?? resources.parallel,
        threads: options.threads ?? resources.threads,
        memoryMiB: options.memory ?? resources.memoryMiB,
        ...{ backend: options.backend, dataFolder: options.dataFolder, tableFile: options.table },
        ...{ journal: files.journal, retryDiverged: options.retry, signal, log },
        onProgress: (progress) => print(progress),
        onOutcome: ({ job, state, reused, reason }) => {
          if (!reused || state !== 'finished') log(`${job.id}: ${state}${reason ? `: ${reason}` : ''}`);
        },
      });
      signal.throwIfAborted();
      if (options.only === undefined) console.log(tableOf(study, jobs));
      const failed = report.outcomes.filter(({ state }) => state === 'failed');
      if (failed.length > 0) {
        console.error(`${failed.length} jobs failed; the same command tries them again`);
        process.exitCode = 1;
      }
    });
}

function tableOf(study: StudyDefinition, jobs: readonly GridJob[]): string {
  const rows = studyRows(jobs);
  return studyText(study, rows, summariseStudy(study, rows));
}

function statusCommand(): Command {
  return new Command('status')
    .description('where every job of a study stands')
    .argument(
      '<file>',
      `study (JSON), one of ${Object.keys(ABLATIONS).join(', ')}, or the name of one that was run`,
    )
    .option('--data-folder <path>', 'folder that holds the data sets')
    .option('--json', 'print JSON')
    .action(async (given: string, { dataFolder, json }: { dataFolder?: string; json?: boolean }) => {
      const study = studyOf(given, { fresh: false });
      const { journal, slurm } = studyFiles(study);
      const jobs = await knownJobs(study, { dataFolder });
      const queue = wasSubmitted(slurm) && hasSlurm() ? slurmQueue(slurm).states : undefined;
      const all = studyStatus(jobs, readJournal(journal), queue);
      if (json) return console.log(JSON.stringify(all.map(({ job, ...rest }) => ({ id: job.id, ...rest }))));
      console.log(statusText(all));
    });
}

function tableCommand(): Command {
  return new Command('table')
    .description('the results of a study, computed from its run folders')
    .argument(
      '<file>',
      `study (JSON), one of ${Object.keys(ABLATIONS).join(', ')}, or the name of one that was run`,
    )
    .option('--csv <file>', 'write the runs as CSV, one a row')
    .option('--json <file>', 'write runs, summaries and comparisons as JSON')
    .option('--data-folder <path>', 'folder that holds the data sets')
    .action(async (given: string, options: { csv?: string; json?: string; dataFolder?: string }) => {
      const study = studyOf(given, { fresh: false });
      const rows = studyRows(await knownJobs(study, { dataFolder: options.dataFolder }));
      const summary = summariseStudy(study, rows);
      if (options.csv) writeAtomically(options.csv, `${runsTable(rows).toCSV()}\n`);
      if (options.json)
        writeAtomically(options.json, `${JSON.stringify({ study, rows, ...summary }, null, 1)}\n`);
      console.log(studyText(study, rows, summary));
    });
}

export function studyCommand(): Command {
  const command = new Command('study').description('a grid of settings and seeds: run, status, table');
  for (const sub of [runCommand(), statusCommand(), tableCommand()]) command.addCommand(sub);
  return command;
}
