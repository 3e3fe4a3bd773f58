// `drnas study`: a grid of settings and seeds; its runs, its status and its table.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { writeAtomically } from '../atomic.js';
import { readJournal } from '../study/journal.js';
import { recordStudy, writeRecord } from '../study/record.js';
import { studyRows } from '../study/rows.js';
import { hasSlurm, slurmQueue, wasSubmitted } from '../study/slurm.js';
import { statusText, studyStatus } from '../study/status.js';
import { knownJobs, studyFiles } from '../study/study.js';
import { summariseStudy } from '../study/summary.js';
import { runsTable } from '../study/tables.js';
import { studyText } from '../study/text.js';
import { STUDY, studyOf } from './studyArgument.js';
import { runCommand } from './studyRun.js';

/** A command that looks at a study. */
const lookingCommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .argument('<file>', STUDY)
    .option('--data-folder <path>', 'folder that holds the data sets');

interface StatusOptions {
  dataFolder?: string;
  json?: boolean;
}

async function status(given: string, { dataFolder, json }: StatusOptions): Promise<void> {
  const study = studyOf(given);
  const { journal, slurm } = studyFiles(study);
  const jobs = await knownJobs(study, { dataFolder });
  const queue = wasSubmitted(slurm) && hasSlurm() ? slurmQueue(slurm).states : undefined;
  const all = studyStatus(jobs, readJournal(journal), queue);
  if (json) console.log(JSON.stringify(all.map(({ job, ...rest }) => ({ id: job.id, ...rest }))));
  else console.log(statusText(all));
}

interface TableOptions {
  dataFolder?: string;
  csv?: string;
  json?: string;
  force?: boolean;
}

async function table(given: string, { dataFolder, csv, json, force }: TableOptions): Promise<void> {
  for (const file of [csv, json])
    if (file !== undefined && existsSync(file) && !force)
      throw new Error(`${file} exists: add --force to overwrite it`);
  const study = studyOf(given);
  const rows = studyRows(await knownJobs(study, { dataFolder }));
  const summary = summariseStudy(study, rows);
  if (csv !== undefined) writeAtomically(csv, `${runsTable(rows).toCSV()}\n`);
  if (json !== undefined) writeAtomically(json, `${JSON.stringify({ study, rows, ...summary }, null, 1)}\n`);
  console.log(studyText(study, rows, summary));
}

interface RecordOptions {
  dataFolder?: string;
  to: string;
  force?: boolean;
}

async function record(given: string, { dataFolder, to, force }: RecordOptions): Promise<void> {
  if (existsSync(to) && !force) throw new Error(`${to} exists: add --force to overwrite it`);
  const study = studyOf(given);
  const recorded = recordStudy(study, await knownJobs(study, { dataFolder }));
  mkdirSync(dirname(to), { recursive: true });
  writeRecord(to, recorded);
  console.log(`${to}: ${recorded.runs.length} runs of ${study.name}`);
}

export function studyCommand(): Command {
  return new Command('study')
    .description('a grid of settings and seeds: run, status, table, record')
    .addCommand(runCommand())
    .addCommand(
      lookingCommand('status', 'where every job of a study stands')
        .option('--json', 'print JSON')
        .action(status),
    )
    .addCommand(
      lookingCommand('table', 'the results of a study, computed from its run folders')
        .option('--csv <file>', 'write the runs as CSV, one a row')
        .option('--json <file>', 'write runs, summaries and comparisons as JSON')
        .option('--force', 'overwrite these files')
        .action(table),
    )
    .addCommand(
      lookingCommand('record', 'a finished study as one small file, to be kept with the repository')
        .requiredOption('--to <file>', 'file to write, as figures/05-regulariser/lambda.jsonl')
        .option('--force', 'overwrite it')
        .action(record),
    );
}
