// `drnas study run --executor slurm`: the array of what has not ended and is not in the queue, written and, where it can be, submitted.
import type { StudyDefinition } from '../study/definition.js';
import type { GridJob } from '../study/jobs.js';
import { standing } from '../study/perform.js';
import {
  freeLostJobs,
  hasSlurm,
  type SlurmScript,
  slurmQueue,
  submit,
  writeSlurmScript,
} from '../study/slurm.js';
import { studyFiles } from '../study/study.js';

export interface SlurmOptions extends Pick<SlurmScript, 'parallel' | 'threads' | 'memoryMiB' | 'sbatch'> {
  backend?: string;
  dataFolder?: string;
  table?: string;
  retry?: boolean;
}

/** The study's jobs have to be stored: the tasks read them. */
export function runOnSlurm(study: StudyDefinition, jobs: readonly GridJob[], options: SlurmOptions): void {
  const { slurm, definition: file } = studyFiles(study);
  const { backend, dataFolder, table, retry, sbatch, ...granted } = options;
  const here = hasSlurm();
  const queue = here ? slurmQueue(slurm) : undefined;
  const ended = retry ? ['finished'] : ['finished', 'diverged'];
  const open = jobs.filter((job) => !ended.includes(standing(job)));
  const waiting = open.filter(({ id }) => !queue?.states.has(id));
  if (queue) freeLostJobs(waiting, queue);
  if (waiting.length < open.length)
    console.error(`${open.length - waiting.length} jobs are in Slurm's queue already`);
  if (waiting.length === 0) {
    console.log('nothing to submit');
    return;
  }
  const ids = waiting.map(({ id }) => id);
  const script = writeSlurmScript({
    ...study.resources,
    ...granted,
    ...{ name: study.name, file, jobs: ids, folder: slurm, sbatch },
    more: [
      ...(dataFolder ? ['--data-folder', dataFolder] : []),
      ...(table ? ['--table', table] : []),
      ...(backend ? ['--backend', backend] : []),
      ...(retry ? ['--retry'] : []),
    ],
  });
  console.log(
    here
      ? `submitted ${ids.length} jobs as array ${submit(script, ids, slurm)}: ${script}`
      : `sbatch is not on this machine; where it is, submit ${script} (${ids.length} jobs)`,
  );
}
