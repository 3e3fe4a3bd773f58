// Builds small notebooks for the tests of the runner.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { complete, formatNotebook, type Notebook } from '../../../scripts/notebook/format.js';

/** Code cells; one that begins with "parameters:" carries that tag, one with "#" is Markdown. */
export function notebookOf(...sources: string[]): Notebook {
  const cells = sources.map((text, i) => {
    const [, tag, source] = text.match(/^(parameters:)?([\s\S]*)$/) as RegExpMatchArray;
    const type: 'markdown' | 'code' = source.startsWith('#') ? 'markdown' : 'code';
    return { id: `c${i}`, cell_type: type, metadata: tag ? { tags: ['parameters'] } : {}, source };
  });
  return complete({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
}

export const scratchFolder = (): string => mkdtempSync(join(tmpdir(), 'drnas-notebook-'));

/** Writes the notebook into `folder` and gives its path. */
export function writeSample(folder: string, name: string, ...sources: string[]): string {
  const file = join(folder, `${name}.ipynb`);
  writeFileSync(file, formatNotebook(notebookOf(...sources)));
  return file;
}
