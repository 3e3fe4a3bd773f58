// The notebook file: nbformat 4.5, read, completed and written as Jupyter writes it.
import { existsSync, readFileSync } from 'node:fs';
import { writeAtomically } from '../../src/atomic.js';

export type Text = string | string[];

export interface Output {
  output_type: 'stream' | 'display_data' | 'execute_result' | 'error';
  // biome-ignore lint/suspicious/noExplicitAny: the other fields depend on output_type
  [field: string]: any;
}

export interface Cell {
  id: string;
  cell_type: 'code' | 'markdown' | 'raw';
  // biome-ignore lint/suspicious/noExplicitAny: anyone may add metadata
  metadata: Record<string, any>;
  source: Text;
  outputs?: Output[];
  execution_count?: number | null;
}

export interface Notebook {
  cells: Cell[];
  // biome-ignore lint/suspicious/noExplicitAny: anyone may add metadata
  metadata: Record<string, any>;
  nbformat: number;
  nbformat_minor: number;
}

export const joined = (text: Text): string => (Array.isArray(text) ? text.join('') : text);

/** A text as notebooks store it: a list of lines, each but the last with its line feed. */
export const lines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+/g) ?? [];

export const hasTag = (cell: Cell, tag: string): boolean => (cell.metadata.tags ?? []).includes(tag);

/** Throws where `file` is missing, is no JSON, or no notebook of format 4. */
export function readNotebook(file: string): Notebook {
  if (!existsSync(file)) throw new Error(`there is no notebook ${file}`);
  let notebook: Notebook;
  try {
    notebook = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} is not a notebook: ${(error as Error).message}`);
  }
  if (notebook.nbformat !== 4 || !Array.isArray(notebook.cells)) {
    throw new Error(`${file} is not a notebook of format 4 (its nbformat is ${notebook.nbformat})`);
  }
  return complete(notebook);
}

/** Adds what format 4.5 requires and older files lack: an id per cell, outputs of code cells. */
export function complete(notebook: Notebook): Notebook {
  const cells = notebook.cells.map((cell, i): Cell => {
    const whole = { ...cell, id: cell.id ?? `cell-${i + 1}`, metadata: cell.metadata ?? {} };
    if (cell.cell_type !== 'code') return whole;
    return { ...whole, outputs: cell.outputs ?? [], execution_count: cell.execution_count ?? null };
  });
  return { ...notebook, cells, nbformat_minor: Math.max(5, notebook.nbformat_minor ?? 0) };
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}

/** As Jupyter does (sorted keys, indent 1, lists of lines), so that opening and saving there changes nothing. */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({ ...cell, source: lines(joined(cell.source)) }));
  return `${JSON.stringify(sortKeys({ ...notebook, cells }), null, 1)}\n`;
}

/** Written to a file beside it first and then renamed: a notebook is never half written. */
export function writeNotebook(file: string, notebook: Notebook): void {
  writeAtomically(file, formatNotebook(notebook));
}
