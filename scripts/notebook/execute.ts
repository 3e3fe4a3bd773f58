// Executes a notebook's cells in order in one fresh kernel.
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Cell, complete, joined, type Notebook, type Output, readNotebook } from './format.js';
import { DeadKernelError, type Kernel, startKernel } from './kernel.js';
import { createCollector, type Displays } from './outputs.js';
import { injectParameters, type Parameters } from './parameters.js';
import type { Message } from './wire.js';

export type Status = 'ok' | 'error' | 'timeout' | 'dead';

export interface Execution {
  status: Status;
  /** With the outputs of all cells that ran. */
  notebook: Notebook;
  /** 1-based number of the code cell that failed. */
  failedCell?: number;
  /** What a reader needs to know about the failure, some lines long. */
  failure?: string;
  seconds: number;
}

export interface ExecuteOptions {
  kernelName?: string;
  parameters?: Parameters;
  /** Limit per cell in seconds; Infinity for none. */
  timeout?: number;
  env?: Record<string, string>;
  onKernel?: (kernel: Kernel) => void;
  /** `number` counts the code cells from 1. */
  onCellStart?: (number: number, cell: Cell) => void;
  onMessage?: (message: Message) => void;
  onCellEnd?: (number: number, status: Status, seconds: number) => void;
}

/** After the time limit the cell is interrupted; one that does not end within this many seconds loses its kernel. */
const GRACE_SECONDS = 5;

async function runCell(kernel: Kernel, code: string, timeout: number, onMessage: (message: Message) => void) {
  const seconds = () => (performance.now() - begin) / 1000;
  const begin = performance.now();
  const limit = new AbortController(); // stops the clock
  let late = false;
  const running = kernel.execute(code, onMessage).then((reply) => ({
    status: (reply.status === 'ok' ? 'ok' : 'error') as Status,
    failure: (reply.traceback ?? [reply.evalue ?? reply.status]).join('\n') as string,
  }));
  const clock = async () => {
    if (timeout === Number.POSITIVE_INFINITY) return running;
    await wait(timeout * 1000, undefined, { signal: limit.signal });
    late = true;
    kernel.interrupt();
    await wait(GRACE_SECONDS * 1000, undefined, { signal: limit.signal });
  };
  try {
    const ended = await Promise.race([running, clock()]);
    if (ended && !late) return { ...ended, seconds: seconds() };
    return {
      status: 'timeout' as Status,
      failure: `the cell took longer than ${timeout} s`,
      seconds: seconds(),
    };
  } catch (error) {
    if (!(error instanceof DeadKernelError)) throw error;
    return { status: 'dead' as Status, failure: error.message, seconds: seconds() };
  } finally {
    limit.abort();
    running.catch(() => {});
  }
}

/** Executes the notebook in `file`. Throws on unusable input; what goes wrong in a cell is in the result. */
export async function executeNotebook(file: string, options: ExecuteOptions = {}): Promise<Execution> {
  const { parameters = {}, timeout = Number.POSITIVE_INFINITY } = options;
  const begin = performance.now();
  const source = injectParameters(readNotebook(file), parameters);
  const cells: Cell[] = source.cells.map((cell) =>
    cell.cell_type === 'code' ? { ...cell, outputs: [], execution_count: null } : cell,
  );
  const kernel = await startKernel({ name: options.kernelName, folder: dirname(file), env: options.env });
  options.onKernel?.(kernel);
  const result = (status: Status, rest: Partial<Execution> = {}): Execution => {
    const { displayName, language, name } = kernel.spec;
    const metadata = {
      ...source.metadata,
      kernelspec: { display_name: displayName, language, name },
      language_info: { ...source.metadata.language_info, name: language },
    };
    const seconds = (performance.now() - begin) / 1000;
    return { status, seconds, notebook: complete({ ...source, metadata, cells }), ...rest };
  };

  const displays: Displays = new Map();
  let number = 0;
  try {
    for (const cell of cells) {
      if (cell.cell_type !== 'code') continue;
      number++;
      const code = joined(cell.source);
      if (!code.trim()) continue;
      options.onCellStart?.(number, cell);
      const collector = createCollector(displays);
      const run = await runCell(kernel, code, timeout, (message) => {
        if (message.type === 'execute_input') cell.execution_count = message.content.execution_count ?? null;
        collector.add(message);
        options.onMessage?.(message);
      });
      cell.outputs = collector.outputs();
      if (run.status === 'timeout' || run.status === 'dead') cell.outputs.push(note(run.status, run.failure));
      options.onCellEnd?.(number, run.status, run.seconds);
      if (run.status !== 'ok') return result(run.status, { failedCell: number, failure: run.failure });
    }
    return result('ok');
  } finally {
    await kernel.shutdown();
  }
}

const note = (status: Status, failure: string): Output => ({
  output_type: 'error',
  ename: status === 'timeout' ? 'CellTimeout' : 'DeadKernel',
  evalue: failure,
  traceback: [failure],
});
