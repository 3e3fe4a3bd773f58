// The notebook kernel itself: one is started and shared by all tests here.
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import { type Kernel, startKernel } from '../../../scripts/notebook/kernel.js';
import type { Message } from '../../../scripts/notebook/wire.js';
import { projectRoot } from '../../../src/root.js';

describe('notebook kernel', () => {
  let kernel: Kernel;
  before(async function () {
    this.timeout(120_000);
    kernel = await startKernel({ folder: '/' }); // anywhere but in the project
  });
  after(() => kernel?.shutdown());

  async function run(code: string, during?: (message: Message) => void) {
    const messages: Message[] = [];
    const reply = await kernel.execute(code, (message) => {
      messages.push(message);
      during?.(message);
    });
    const text = messages
      .filter(({ type }) => type === 'stream')
      .map(({ content }) => content.text)
      .join('');
    return { reply, messages, text, error: messages.find(({ type }) => type === 'error')?.content };
  }

  it('works in the project, and imports its sources', async () => {
    const { text, reply } = await run(
      "import { projectRoot } from './src/root';\nconsole.log(projectRoot(), process.cwd());",
    );
    expect(text).to.equal(`${projectRoot()} ${projectRoot()}\n`);
    expect(reply).to.include({ status: 'ok', execution_count: 1 });
  });

  it('imports a package, not itself, in a file that has the name of the package', async () => {
    const { text } = await run(
      "import { toArquero } from './src/benchmarks/arquero';\nconsole.log(typeof toArquero);",
    );
    expect(text).to.equal('function\n');
  });

  it('imports files that import each other', async () => {
    const { text } = await run(
      "import { isEven } from './test/scripts/notebook/circle/even';\nconsole.log(isEven(7), isEven(8));",
    );
    expect(text).to.equal('false true\n');
  });

  it('loses no line of a flood', async () => {
    const { text, messages } = await run('for (let i = 0; i < 20000; i++) console.log("line " + i);');
    const lines = text.split('\n');
    expect(lines).to.have.length(20001);
    expect(lines.every((line, i) => line === (i < 20000 ? `line ${i}` : ''))).to.equal(true);
    expect(messages.length).to.be.below(1000); // batched, not a message a line
  });

  it('shows prints while the cell runs', async () => {
    let seen = Number.POSITIVE_INFINITY;
    const begin = performance.now();
    await run(
      "console.log('begun'); await new Promise((resolve) => setTimeout(resolve, 600));",
      ({ type }) => {
        if (type === 'stream') seen = performance.now() - begin;
      },
    );
    expect(performance.now() - begin - seen).to.be.above(300);
  });

  it('reports a thrown error with name, message and place', async () => {
    const { reply, error } = await run(
      "function deep() { throw new RangeError('k = 3 does not divide C = 8'); }\ndeep();",
    );
    expect(reply).to.include({ status: 'error', ename: 'RangeError', evalue: 'k = 3 does not divide C = 8' });
    expect(error?.traceback.join('\n')).to.contain('RangeError: k = 3').and.contain('at deep (<cell>)');
    expect(error?.traceback.join('\n')).not.to.match(/tslab|node:/);
  });

  it('names file and line of an error in src', async () => {
    const { error } = await run("import { projectRoot } from './src/root';\nprojectRoot('/');");
    const source = readFileSync('src/root.ts', 'utf8').split('\n');
    const line = source.findIndex((text) => text.includes('throw new Error(')) + 1;
    expect(error?.traceback.join('\n')).to.contain(`src/root.ts:${line}:`);
  });

  it('reports a type error with the line, and runs nothing of the cell', async () => {
    const { error, text } = await run("console.log('run');\nconst count: number = 'three';");
    expect(error?.ename).to.equal('TypeScript');
    expect(error?.evalue).to.equal("line 2, column 7: Type 'string' is not assignable to type 'number'.");
    expect(text).to.equal('');
  });

  it('checks strictly', async () => {
    const { error } = await run('const found = [1, 2].find((x) => x > 2);\nfound + 1;');
    expect(error?.evalue).to.contain("'found' is possibly 'undefined'");
  });

  it('fails the cell where nobody handles a rejection or a timer throws', async () => {
    const rejected = await run("Promise.reject(new Error('floating'));");
    expect(rejected.reply).to.include({ status: 'error', evalue: 'floating' });
    const thrown = await run(
      "setTimeout(() => { throw new Error('late'); }, 5);\nawait new Promise((resolve) => setTimeout(resolve, 100));",
    );
    expect(thrown.reply).to.include({ status: 'error', evalue: 'late' });
  });

  it('passes over the cells that were sent before a failure was known, and goes on after it', async () => {
    const failing = run("throw new Error('first');");
    const queued = run("console.log('should not run');");
    expect((await failing).reply.status).to.equal('error');
    expect((await queued).reply.status).to.equal('aborted');
    expect((await queued).text).to.equal('');
    expect((await run("console.log('next');")).text).to.equal('next\n');
  });

  it('takes `for await` at the top level', async () => {
    const { text } = await run(
      'async function* three() { for (let i = 0; i < 3; i++) yield i; }\nfor await (const i of three()) console.log(i);',
    );
    expect(text).to.equal('0\n1\n2\n');
  });

  it('keeps variables from cell to cell, and allows to declare them again', async () => {
    await run('const size = 8;');
    await run('const size = 16;');
    expect((await run('console.log(size);')).text).to.equal('16\n');
  });

  it('ends a loop that listens at an interrupt, and lives on', async () => {
    await run("import { breathe, interruptSignal } from './src/interrupt';\nlet turns = 0;");
    const loop = run(
      "const signal = interruptSignal();\nconsole.log('begun');\nwhile (!signal.aborted) { turns++; await breathe(); }",
      ({ type }) => {
        if (type === 'stream') setTimeout(kernel.interrupt, 100);
      },
    );
    expect((await loop).reply).to.include({ status: 'error', ename: 'Interrupted' });
    const before = (await run('console.log(turns);')).text;
    await wait(100);
    const after = (await run('console.log(turns);')).text;
    expect(Number(after)).to.equal(Number(before)).and.be.above(0);
  });

  it('breaks off a synchronous loop at an interrupt, and lives on', async () => {
    const timer = setInterval(kernel.interrupt, 700); // the first may come while the cell still compiles
    const { reply } = await run('for (;;) {}');
    clearInterval(timer);
    expect(reply).to.include({ status: 'error', ename: 'Interrupted' });
    expect((await run("console.log('alive');")).text).to.equal('alive\n');
  });
});
