// Starts a Jupyter kernel and executes code in it over ZeroMQ, without Python.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Dealer, Subscriber } from 'zeromq';
import { projectRoot } from '../../src/root.js';
import { findKernelSpec, type KernelSpec } from './kernelspec.js';
import { decode, encode, type Message } from './wire.js';

export interface Kernel {
  readonly pid: number;
  readonly spec: KernelSpec;
  /** Resolves with the reply's content once both the reply and the closing status have come; rejects if the kernel dies. */
  execute(code: string, onMessage?: (message: Message) => void): Promise<Message['content']>;
  /** As the stop button does (SIGINT). */
  interrupt(): void;
  /** Asks the kernel to end and kills it where it does not within two seconds. */
  shutdown(): Promise<void>;
  kill(): void;
}

export interface KernelOptions {
  name?: string;
  /** Working folder of the kernel; Jupyter takes the notebook's. */
  folder?: string;
  env?: Record<string, string>;
  /** How long the kernel may take to answer, in milliseconds. */
  startTimeout?: number;
}

/** The kernel ended by itself, or did not answer. */
export class DeadKernelError extends Error {
  override name = 'DeadKernelError';
}

const PORTS = ['shell_port', 'iopub_port', 'stdin_port', 'control_port', 'hb_port'] as const;
type Ports = Record<(typeof PORTS)[number], number>;

/** Five ports that are free now. All are held open until the last is known, so that they differ. */
async function freePorts(): Promise<Ports> {
  const servers = await Promise.all(
    PORTS.map(
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer().once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(PORTS.map((name, i) => [name, ports[i]])) as Ports;
}

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts a kernel and waits until it answers. Throws a DeadKernelError where it does not. */
export async function startKernel(options: KernelOptions = {}): Promise<Kernel> {
  const { name = 'tslab', folder = process.cwd(), env = {}, startTimeout = 120_000 } = options;
  const spec = findKernelSpec(name, projectRoot());
  for (let attempt = 1; ; attempt++) {
    try {
      return await launch(spec, folder, env, startTimeout);
    } catch (error) {
      // Another program may have taken a port between our choosing it and the kernel's opening it.
      if (attempt === 3 || !(error instanceof DeadKernelError) || !/ports|in use/.test(error.message))
        throw error;
    }
  }
}

async function launch(spec: KernelSpec, folder: string, env: object, startTimeout: number): Promise<Kernel> {
  const ports = await freePorts();
  const key = randomUUID();
  const session = randomUUID();
  const scratch = mkdtempSync(join(tmpdir(), 'drnas-kernel-'));
  const file = join(scratch, 'connection.json');
  const connection = { transport: 'tcp', ip: '127.0.0.1', key, signature_scheme: 'hmac-sha256', ...ports };
  writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });

  const [command, ...args] = spec.argv.map((part) => part.replaceAll('{connection_file}', file));
  const child = spawn(command === 'node' ? process.execPath : command, args, {
    cwd: folder,
    env: { ...process.env, ...spec.env, ...env, JPY_PARENT_PID: String(process.pid) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32', // Ctrl-C in the terminal is ours to pass on
  });
  alive.add(child);
  let said = ''; // what the process printed outside any cell, for the message if it dies
  const keep = (chunk: Buffer) => {
    said = (said + chunk).slice(-2000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);

  let dead: DeadKernelError | undefined;
  const death = new Promise<never>((_, reject) => {
    const end = (how: string) => {
      alive.delete(child);
      rmSync(scratch, { recursive: true, force: true });
      dead = new DeadKernelError(`the kernel ended ${how}${said.trim() ? `: ${said.trim()}` : ''}`);
      reject(dead);
    };
    child.once('error', (error) => end(`at the start (${error.message})`));
    child.once('exit', (code, signal) => end(signal ? `by ${signal}` : `with exit status ${code}`));
  });
  death.catch(() => {});

  // Without a queue limit nothing is dropped in a flood of messages.
  const shell = new Dealer({ linger: 0, receiveHighWaterMark: 0 });
  const control = new Dealer({ linger: 0 });
  const iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  const close = () => {
    for (const socket of [shell, control, iopub]) if (!socket.closed) socket.close();
  };
  death.catch(close);

  const listeners = new Map<string, (message: Message, fromShell: boolean) => void>();
  async function listen(socket: Dealer | Subscriber) {
    try {
      for await (const frames of socket) {
        const message = decode(key, frames as Buffer[]);
        listeners.get(message.parent)?.(message, socket === shell);
      }
    } catch (error) {
      if (!socket.closed) throw error;
    }
  }

  /** Sends a request and waits for its reply and for the status that closes it. */
  async function request(type: string, content: object, onMessage?: (message: Message) => void) {
    if (dead) throw dead;
    const { id, frames } = encode(key, session, type, content);
    const answer = new Promise<Message['content']>((resolve) => {
      let reply: Message['content'] | undefined;
      let idle = false;
      listeners.set(id, (message, fromShell) => {
        if (fromShell) reply = message.content;
        else if (message.type === 'status') idle = message.content.execution_state === 'idle';
        else onMessage?.(message);
        if (reply && idle) resolve(reply);
      });
    });
    try {
      await shell.send(frames);
      return await Promise.race([answer, death]);
    } finally {
      listeners.delete(id);
    }
  }

  const kernel: Kernel = {
    pid: child.pid ?? -1,
    spec,
    execute: (code, onMessage) =>
      request(
        'execute_request',
        {
          code,
          silent: false,
          store_history: true,
          user_expressions: {},
          allow_stdin: false,
          stop_on_error: true,
        },
        onMessage,
      ),
    interrupt: () => void child.kill('SIGINT'),
    kill: () => void child.kill('SIGKILL'),
    async shutdown() {
      if (dead) return;
      control.send(encode(key, session, 'shutdown_request', { restart: false }).frames).catch(() => {});
      const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
      await death.catch(() => {});
      clearTimeout(timer);
    },
  };

  const deadline = Date.now() + startTimeout;
  const late = () => Date.now() > deadline;
  async function ready() {
    // A kernel that is asked while it still opens its ports loses the answer, hence the two steps.
    while (!(await Promise.all(PORTS.map((port) => accepts(ports[port])))).every(Boolean)) {
      if (dead) return;
      if (late()) throw new DeadKernelError(`the kernel opened no ports within ${startTimeout / 1000} s`);
      await wait(50);
    }
    shell.connect(`tcp://127.0.0.1:${ports.shell_port}`);
    control.connect(`tcp://127.0.0.1:${ports.control_port}`);
    iopub.connect(`tcp://127.0.0.1:${ports.iopub_port}`);
    iopub.subscribe();
    for (const socket of [shell, control, iopub]) void listen(socket);
    // A subscription takes effect a little later; once a request's status comes back, nothing more is missed.
    for (let up = false; !up && !dead; ) {
      if (late()) throw new DeadKernelError(`the kernel did not answer within ${startTimeout / 1000} s`);
      const info = request('kernel_info_request', {}).then(
        () => true,
        () => false,
      );
      up = await Promise.race([info, wait(500, false)]);
    }
  }
  try {
    await Promise.race([ready(), death]);
    return kernel;
  } catch (error) {
    kernel.kill();
    throw error;
  }
}
