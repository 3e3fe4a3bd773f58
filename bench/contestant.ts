// A child process that runs steps when it is told to: asks "n" on its stdin, answers a line of JSON.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a child says when it is ready. */
export interface Introduction {
  version: string;
  threads: number;
  engine: string;
  /** Memory held before the supernet was built: the runtime and its libraries. */
  restBytes: number;
  /** Trainable weights: all contestants of a workload must have the same number. */
  parameters: number;
}

/** What a child says after its steps. */
export interface Turn {
  seconds: number[];
  cpuSeconds: number;
  /** The most memory the process ever held. */
  peakBytes: number;
  /** Cross entropies of the last step's passes. */
  losses: number[];
}

export interface Contestant {
  introduction: Introduction;
  run(steps: number): Promise<Turn>;
  /** Ends it, and waits until its memory is free again. */
  close(): Promise<void>;
}

export interface Command {
  file: string;
  args: string[];
  cwd: string;
  environment?: Record<string, string>;
}

/** The line of a stack trace, of Node or Python, that says what happened. */
export function lastWords(errors: string): string {
  const lines = errors.trim().split('\n');
  return lines.findLast((line) => /^\w*(Error|Exception)\b.*: /.test(line)) ?? (lines.at(-1) || 'no message');
}

/** Starts a contestant. @throws with the child's last words where it ends before it answers. */
export async function startContestant(command: Command): Promise<Contestant> {
  const child: ChildProcess = spawn(command.file, command.args, {
    cwd: command.cwd,
    env: { ...process.env, ...command.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000);
  });
  child.stdin!.on('error', () => {}); // a child that has died is noticed by its silence
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const failed = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      reject(new Error(`${command.file} ended with ${signal ?? code}: ${lastWords(errors)}`));
    });
  });
  failed.catch(() => {}); // it also ends when it is closed
  const next = async () => {
    const { value, done } = await Promise.race([lines.next(), failed]);
    return done ? failed : JSON.parse(value);
  };
  return {
    introduction: (await next()) as Introduction,
    run: async (steps) => {
      child.stdin!.write(`${steps}\n`);
      return (await next()) as Turn;
    },
    close: () => {
      child.stdin!.end();
      return failed.catch(() => {});
    },
  };
}
