// A notebook as a script in which `// %%` begins a cell (Jupytext's percent format), and back.
import { existsSync, readFileSync } from 'node:fs';
import { writeAtomically } from '../../src/atomic.js';
import { type Cell, complete, joined, type Notebook, readNotebook, writeNotebook } from './format.js';

const HELP = `Converts a script into a notebook, or a notebook into a script:

  node scripts/notebook-source.mjs SOURCE.ts NOTEBOOK.ipynb
  node scripts/notebook-source.mjs NOTEBOOK.ipynb SOURCE.ts

In the script a cell begins with one of

  // %% [markdown]              Markdown; each line begins with "// "
  // %% tags=["parameters"]     code, with tags
  // %%                         code

Outputs in a notebook that is overwritten are kept if none of its code has changed.
`;

const MARK = /^\/\/ %%(?: \[(markdown)\])?(?: tags=(\[.*\]))?\s*$/;

/** Text before the first mark is a comment on the file and no cell. Throws on a mark that is not understood. */
export function toNotebook(script: string): Notebook {
  const cells: Cell[] = [];
  for (const line of script.split('\n')) {
    const mark = line.match(MARK);
    if (!mark && line.startsWith('// %%')) {
      throw new Error(`"${line}" is not understood; a cell begins with // %% [markdown] tags=["name"]`);
    }
    if (mark) {
      const [, markdown, tags] = mark;
      const metadata = tags ? { tags: JSON.parse(tags) } : {};
      cells.push({
        id: `cell-${cells.length + 1}`,
        cell_type: markdown ? 'markdown' : 'code',
        metadata,
        source: [],
      });
    } else {
      const cell = cells.at(-1);
      const text = cell?.cell_type === 'markdown' ? line.replace(/^\/\/ ?/, '') : line;
      if (cell) (cell.source as string[]).push(text);
    }
  }
  const trimmed = cells.map((cell) => ({
    ...cell,
    source: (cell.source as string[]).join('\n').replace(/^\n+|\s+$/g, ''),
  }));
  const metadata = {
    kernelspec: { name: 'tslab', display_name: 'TypeScript (tslab, DrNAS)', language: 'typescript' },
    language_info: { name: 'typescript', file_extension: '.ts', mimetype: 'text/typescript' },
  };
  return complete({ cells: trimmed, metadata, nbformat: 4, nbformat_minor: 5 });
}

export function toScript(notebook: Notebook): string {
  const isSource = (cell: Cell) =>
    cell.cell_type !== 'raw' && !cell.metadata.tags?.includes('injected-parameters');
  return notebook.cells
    .filter(isSource)
    .map(({ cell_type: type, metadata, source }) => {
      const tags = metadata.tags?.length ? ` tags=${JSON.stringify(metadata.tags)}` : '';
      const comment = (line: string) => (line ? `// ${line}` : '//');
      const text = type === 'code' ? joined(source) : joined(source).split('\n').map(comment).join('\n');
      return `// %%${type === 'markdown' ? ' [markdown]' : ''}${tags}\n${text}\n`;
    })
    .join('\n');
}

const codeCells = (notebook: Notebook) => notebook.cells.filter((cell) => cell.cell_type === 'code');

/** `fresh` with the outputs of `stored`, if they are outputs of the same code. */
export function keepOutputs(fresh: Notebook, stored: Notebook): Notebook {
  const code = (notebook: Notebook) => JSON.stringify(codeCells(notebook).map((cell) => joined(cell.source)));
  if (code(fresh) !== code(stored)) return fresh;
  const old = codeCells(stored);
  const cells = fresh.cells.map((cell) => {
    if (cell.cell_type !== 'code') return cell;
    const { outputs, execution_count } = old.shift() as Cell;
    return { ...cell, outputs, execution_count };
  });
  return { ...fresh, cells };
}

/** Runs the command and gives its exit status. */
export function main(args: string[]): number {
  const [from, to] = args;
  if (args.length !== 2 || from.endsWith('.ipynb') === to.endsWith('.ipynb')) {
    console.error(HELP);
    return 2;
  }
  try {
    if (from.endsWith('.ipynb')) {
      writeAtomically(to, toScript(readNotebook(from)));
    } else {
      const notebook = toNotebook(readFileSync(from, 'utf8'));
      writeNotebook(to, existsSync(to) ? keepOutputs(notebook, readNotebook(to)) : notebook);
    }
  } catch (error) {
    console.error(`notebook-source: ${(error as Error).message}`);
    return 2;
  }
  console.log(`wrote ${to}`);
  return 0;
}
