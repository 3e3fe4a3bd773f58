// One `drnas` command as a process of its own, what it says kept in a log file.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { processMemory } from '../processMemory.js';
import { projectRoot } from '../root.js';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The last line it said, or why it could not be started. */
  lastLine: string;
  seconds: number;
}

export interface DrnasProcess {
  pid?: number;
  ended: Promise<Ended>;
  /** Asks it, once, to stop between two steps. */
  interrupt(): void;
  /** The lines since the last call. */
  lines(): string[];
  /** Bytes it holds now and held at most, where the system says and it still runs. */
  memory(): { now: number; peak: number } | undefined;
}

/** Reads what was appended to a file since the last call, line by line; a piece without its end waits. */
function follow(file: string): () => string[] {
  let at = 0;
  let rest = '';
  const buffer = Buffer.alloc(1 << 16);
  const decoder = new StringDecoder('utf8'); // a letter may lie across the end of the buffer
  return () => {
    let handle: number;
    try {
      handle = openSync(file, 'r');
    } catch {
      return []; // somebody tidied up
    }
    try {
      for (let count = 1; count > 0; at += count) {
        count = readSync(handle, buffer, 0, buffer.length, at);
        rest += decoder.write(buffer.subarray(0, count));
      }
    } finally {
      closeSync(handle);
    }
    const pieces = rest.split('\n');
    rest = pieces.pop()!;
    return pieces;
  };
}

/**
 * Starts `bin/drnas.mjs` with the arguments. It is in a process group of its own, so that Ctrl-C in a terminal reaches only
 * the runner, which asks its processes once: a second interrupt would end them at once.
 */
export function startDrnas(args: readonly string[], logFile: string): DrnasProcess {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'w');
  const begun = performance.now();
  let child: ChildProcess;
  try {
    child = spawn(process.execPath, [join(projectRoot(), 'bin', 'drnas.mjs'), ...args], {
      stdio: ['ignore', log, log],
      detached: true,
    });
  } finally {
    closeSync(log);
  }
  const read = follow(logFile);
  let lastLine = '';
  let asked = false;
  const lines = () => {
    const fresh = read();
    lastLine = fresh.findLast((line) => line.trim() !== '') ?? lastLine;
    return fresh;
  };
  const unread: string[] = [];
  return {
    pid: child.pid,
    ended: new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null, why?: string) => {
        unread.push(...lines());
        resolve({ code, signal, lastLine: why ?? lastLine, seconds: (performance.now() - begun) / 1000 });
      };
      child.on('error', (error) => end(1, null, `the process could not be started: ${error.message}`));
      child.on('exit', (code, signal) => end(code, signal));
    }),
    interrupt: () => {
      if (!asked) child.kill('SIGINT');
      asked = true;
    },
    lines: () => [...unread.splice(0), ...lines()],
    memory: () => (child.pid === undefined ? undefined : processMemory(child.pid)),
  };
}
