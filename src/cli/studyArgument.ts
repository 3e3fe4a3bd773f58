// Which study a command of `drnas study` means: a file, one of the kit's by name, or one that was run before.
import { existsSync, statSync } from 'node:fs';
import { ABLATIONS } from '../experiments/ablations.js';
import type { AblationOptions } from '../experiments/studySize.js';
import { checkDefinition, readDefinition } from '../study/checkDefinition.js';
import { defined } from '../study/defined.js';
import type { StudyDefinition } from '../study/definition.js';
import { studyFiles } from '../study/study.js';

const NAMES = Object.keys(ABLATIONS).join(', ');

/** What the argument may be, for the help. */
export const STUDY = `study (JSON), one of ${NAMES}, or the name of one that was run`;

/**
 * The study that is meant. To be run, one of the kit's is made `anew`, at a scale and with seeds that may be given; without
 * `anew` it is taken as it was last run. Any other study has its scale and seeds itself.
 */
export function studyOf(
  given: string,
  anew?: Pick<AblationOptions, 'scale' | 'full'> & { seeds?: string },
): StudyDefinition {
  const isFile = existsSync(given) && statSync(given).isFile();
  const { definition: stored } = studyFiles({ name: given });
  if (!isFile && Object.hasOwn(ABLATIONS, given) && (anew || !existsSync(stored))) {
    return checkDefinition(ABLATIONS[given](defined(anew ?? {})));
  }
  const file = isFile ? given : stored;
  if (!existsSync(file))
    throw new Error(
      `there is no study ${given}: give a file, one of ${NAMES}, or the name of one that was run`,
    );
  if (anew?.scale !== undefined || anew?.seeds !== undefined || anew?.full)
    throw new Error(`${file} says its scale, seeds and settings itself: change them there`);
  return readDefinition(file);
}
