// The headless runner as a command: its exit statuses, and what it writes.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { joined, type Output, readNotebook } from '../../scripts/notebook/format.js';
import { scratchFolder, writeSample } from './notebook/make.js';

interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

const nbrun = (...args: string[]) =>
  new Promise<Ran>((resolve) => {
    const command = ['scripts/nbrun.mjs', ...args];
    execFile(process.execPath, command, { timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr });
    });
  });

const texts = (outputs: Output[] = []) => outputs.map(({ text = '' }) => joined(text)).join('');

describe('nbrun', function () {
  this.timeout(180_000);
  let folder: string;
  const at = (name: string) => join(folder, name);
  const sample = (name: string, ...sources: string[]) => writeSample(folder, name, ...sources);
  const stored = (file: string) => readNotebook(file).cells;
  before(() => {
    folder = scratchFolder();
  });
  after(() => rmSync(folder, { recursive: true }));

  it('gives 0 where all cells succeed, sets parameters and stores outputs', async () => {
    const progress = "for (const i of [1, 2]) process.stdout.write('\\r' + i + '/2');";
    const file = sample('ok', '# Title', 'parameters:let epochs = 3;', 'console.log(epochs * 2);', progress);
    const before = readFileSync(file, 'utf8');
    const { status, stdout } = await nbrun(file, '--out-dir', at('out'), '--param', 'epochs=21', '--verbose');
    expect(status).to.equal(0);
    expect(stdout).to.match(/^42$/m);
    expect(stdout).to.match(/cell 1 ok \(\d+\.\d s\)\n/);
    const cells = stored(at('out/ok.ipynb'));
    expect(cells.map(({ execution_count }) => execution_count)).to.deep.equal([undefined, 1, 2, 3, 4]);
    expect(cells.slice(3).map(({ outputs }) => texts(outputs))).to.deep.equal(['42\n', '2/2']);
    expect(readFileSync(file, 'utf8')).to.equal(before);
    expect((await nbrun(file, '--inplace')).status).to.equal(0);
    expect(stored(file).map(({ outputs }) => texts(outputs))).to.deep.equal(['', '', '6\n', '2/2']);
  });

  it('gives 1 where a cell fails, keeps what ran, and leaves a notebook as it was that it was to fill', async () => {
    const file = sample('error', "console.log('ran');", "throw new Error('here');", "console.log('never');");
    const before = readFileSync(file, 'utf8');
    const [apart, inplace] = await Promise.all([
      nbrun(file, '--out-dir', at('out')),
      nbrun(file, '--inplace'),
    ]);
    expect([apart.status, inplace.status]).to.deep.equal([1, 1]);
    expect(apart.stderr).to.contain('Error: here');
    const cells = stored(at('out/error.ipynb'));
    expect(texts(cells[0].outputs)).to.equal('ran\n');
    expect(cells[1].outputs?.[0]).to.include({ output_type: 'error', ename: 'Error', evalue: 'here' });
    expect(cells[2]).to.deep.include({ outputs: [], execution_count: null });
    expect(readFileSync(file, 'utf8')).to.equal(before);
    expect(inplace.stderr).to.contain('is left as it was');
  });

  it('gives 3 where a cell exceeds its time, or the kernel ends', async () => {
    const slow = sample('slow', 'await new Promise((resolve) => setTimeout(resolve, 60_000));');
    const dead = sample(
      'dead',
      "console.log('before'); setTimeout(() => process.exit(7), 100); await new Promise(() => {});",
    );
    const [late, ended] = await Promise.all([
      nbrun(slow, '--timeout', '1'),
      nbrun(dead, '--out-dir', at('out')),
    ]);
    expect(late.status).to.equal(3);
    expect(late.stderr).to.contain('the cell took longer than 1 s');
    expect(ended.status).to.equal(3);
    expect(ended.stderr).to.contain('the kernel ended with exit status 7');
    const [{ outputs = [] }] = stored(at('out/dead.ipynb'));
    expect(outputs.map(({ output_type }) => output_type)).to.deep.equal(['stream', 'error']);
  });

  it('gives 2, with a sentence, where the command or the notebook is wrong', async () => {
    const file = sample('plain', 'parameters:let epochs = 3;');
    const wrong: [string[], RegExp][] = [
      [[], /name at least one notebook/],
      [[at('none.ipynb')], /there is no notebook .*none\.ipynb/],
      [[file, '--parm', 'a=1'], /Unknown option '--parm'/],
      [[file, '--param', 'epochs'], /--param epochs is not of the form NAME=VALUE/],
      [[file, '--param', 'epoch=1'], /no parameter "epoch"; its parameters are: epochs/],
      [[file, '--timeout', 'soon'], /--timeout soon is not a number of seconds above 0/],
      [[file, '--kernel', 'python9'], /no Jupyter kernel is named "python9"; there are: .*tslab/],
      [[file, '--inplace', '--out-dir', at('never')], /choose one of/],
    ];
    const runs = await Promise.all(wrong.map(([args]) => nbrun(...args)));
    runs.forEach(({ status, stderr }, i) => {
      expect(stderr).to.match(wrong[i][1]);
      expect(status).to.equal(2);
    });
    expect(existsSync(at('never'))).to.equal(false);
  });

  it('explains itself', async () => {
    const { status, stdout } = await nbrun('--help');
    expect(status).to.equal(0);
    expect(stdout).to.contain('Exit status: 0');
  });
});
