// The kernel's side of the Jupyter protocol: tslab's server with complete output, errors and replies.
const zeromq = require('zeromq');
const { createConverter } = require('tslab/dist/converter');
const { createExecutor } = require('tslab/dist/executor');
const jupyter = require('tslab/dist/jupyter');
const { batchedWriter, redirect } = require('./prints.cjs');
const { describeDiagnostics, describeError } = require('./errors.cjs');
const { spellOutShorthand } = require('./shorthand.cjs');

/** How long the reply of a failed cell is held back: cells that arrive until then were queued before the failure. */
const ABORT_WINDOW_MS = 100;

/** Sends at once, whatever the queue's length: with the defaults, the 513th message of a burst and what follows are lost. */
class Publisher extends zeromq.Publisher {
  constructor() {
    super({ sendHighWaterMark: 0, sendTimeout: 0 });
  }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Handler extends jupyter.JupyterHandlerImpl {
  handleKernel() {
    return { status: 'ok', help_links: [], ...super.handleKernel() };
  }
  handleShutdown(request) {
    return { status: 'ok', restart: Boolean(request?.restart) };
  }
}

class Server extends jupyter.ZmqServer {
  constructor(handler, configPath, failures) {
    super(handler, configPath);
    this.failures = failures; // what went wrong in the running cell: [{ ename, evalue, traceback }]
    this.queue = Promise.resolve();
    this.count = 0; // cells executed
    this.arrived = 0; // requests received
    this.abortThrough = 0; // requests up to this one were queued behind a cell that failed
  }

  publish(parent, type, content) {
    const message = parent.createReply();
    message.header.msg_type = type;
    message.content = content;
    message.signAndSend(this.connInfo.key, this.iopub);
  }

  /** Cells run one after the other; `handleShellMessage` reports busy before and idle after. */
  handleExecute(socket, request) {
    const order = ++this.arrived;
    const turn = this.queue.then(async () => {
      const content =
        order > this.abortThrough
          ? await this.execute(request)
          : { status: 'aborted', execution_count: this.count };
      const reply = request.createReply();
      reply.header.msg_type = 'execute_reply';
      reply.content = content;
      reply.signAndSend(this.connInfo.key, socket);
    });
    this.queue = turn.catch((error) => console.error(error));
    return turn;
  }

  async execute(request) {
    const { code, silent = false, stop_on_error: stopOnError = true } = request.content;
    if (!silent) {
      this.count++;
      this.publish(request, 'execute_input', { code, execution_count: this.count });
    }
    const writer = batchedWriter((name, text) => this.publish(request, 'stream', { name, text }));
    redirect(writer);
    jupyter.lastWriteDisplayData = (data, update) => {
      writer.flush();
      this.publish(request, update ? 'update_display_data' : 'display_data', data);
    };
    this.failures.length = 0;
    // `for await` alone does not make tslab wrap the cell in an async function; an `await` in front does.
    const cell = spellOutShorthand(code);
    const source = /^\s*for\s+await\b/m.test(cell) ? `await null; ${cell}` : cell;
    const ok = await this.handler.executor.execute(source);
    await nextTurn(); // rejections that nothing handles are reported after the promises have settled
    writer.flush();
    if (ok && this.failures.length === 0) {
      return { status: 'ok', execution_count: this.count, user_expressions: {}, payload: [] };
    }
    const failure = describeDiagnostics(this.failures, code);
    this.publish(request, 'error', failure);
    if (stopOnError) {
      await wait(ABORT_WINDOW_MS);
      this.abortThrough = this.arrived;
    }
    return { status: 'error', execution_count: this.count, ...failure };
  }

  handleCommInfoRequest(socket, request) {
    const reply = request.createReply();
    reply.header.msg_type = 'comm_info_reply'; // tslab answers with another type
    reply.content = { status: 'ok', comms: {} };
    reply.signAndSend(this.connInfo.key, socket);
  }

  close() {
    super.close();
    setTimeout(() => process.exit(0), 200); // a timer or thread of a cell must not keep the kernel alive
  }
}

function startServer({ root, configPath }) {
  require.cache[require.resolve('zeromq')].exports = { ...zeromq, Publisher };
  const failures = [];
  const node = createConverter({ isJS: false, isBrowser: false });
  const converters = { node, browser: node, close: () => node.close() };
  const executor = createExecutor(root, converters, {
    log: console.log,
    error: (...parts) => failures.push(parts),
  });
  process.on('SIGINT', () => executor.interrupt());
  for (const event of ['unhandledRejection', 'uncaughtException']) {
    process.on(event, (reason) => {
      failures.push([reason]);
      console.error(describeError(reason).traceback.join('\n'));
    });
  }
  const server = new Server(new Handler(executor, false), configPath, failures);
  server.init().catch((error) => {
    console.error(`The kernel could not open its ports: ${error.message}`);
    process.exit(1);
  });
}

module.exports = { startServer };
