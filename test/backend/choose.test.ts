// The automatic choice when a library is missing or broken: the next one, and one line that says why.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { projectRoot } from '../../src/root.js';

const run = promisify(execFile);

describe('the choice of a backend', function () {
  this.timeout(120_000);
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'drnas-choose-'));
    writeFileSync(join(root, 'package.json'), '{"name": "drnas"}');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** Chooses in a process of its own, with `root` as the project: nothing is there but what a test puts there. */
  async function choose(prefer: string, environment: Record<string, string> = {}) {
    const program = `
      import { chooseBackend } from ${JSON.stringify(join(projectRoot(), 'src', 'backend', 'choose.ts'))};
      process.chdir(${JSON.stringify(root)});
      const lines = [];
      chooseBackend({ prefer: ${JSON.stringify(prefer)}, threads: 1, log: (line) => lines.push(line) })
        .then(({ name, reason }) => { console.log(JSON.stringify({ name, reason, lines })); process.exit(0); });`;
    mkdirSync(join(projectRoot(), 'build'), { recursive: true });
    const file = join(projectRoot(), 'build', `choose-${process.pid}.mts`);
    writeFileSync(file, program);
    try {
      const { stdout } = await run(process.execPath, ['--import', 'tsx', file], {
        cwd: projectRoot(),
        env: { ...process.env, ...environment },
      });
      return JSON.parse(stdout.trim().split('\n').at(-1)!) as {
        name: string;
        reason: string;
        lines: string[];
      };
    } finally {
      rmSync(file, { force: true });
    }
  }

  it('falls through from a TensorFlow that does not load to the next, with one line', async () => {
    const stub = join(root, 'stub');
    mkdirSync(join(stub, 'lib', 'napi-v8'), { recursive: true });
    writeFileSync(join(stub, 'lib', 'napi-v8', 'tfjs_binding.node'), '');
    writeFileSync(join(stub, 'index.js'), "throw new Error('libtensorflow.so.2: cannot open')");
    const { name, reason, lines } = await choose('tensorflow', { DRNAS_TENSORFLOW: stub });
    expect(name).to.be.oneOf(['wasm', 'cpu']); // this empty project has neither our addon nor our wasm file
    expect(reason).to.contain('tensorflow could not be used');
    expect(lines.filter((line) => line.startsWith('tensorflow backend not used'))).to.deep.equal([
      `tensorflow backend not used: DRNAS_TENSORFLOW (${stub}) does not load: libtensorflow.so.2: cannot open`,
    ]);
  });

  it('falls through from a TensorFlow whose library has lost its end, which would end the process', async function () {
    if (process.platform !== 'linux' || process.arch !== 'x64') return this.skip();
    const stub = join(root, 'stub');
    mkdirSync(join(stub, 'lib', 'napi-v8'), { recursive: true });
    mkdirSync(join(stub, 'deps', 'lib'), { recursive: true });
    writeFileSync(
      join(stub, 'lib', 'napi-v8', 'tfjs_binding.node'),
      readFileSync(process.execPath).subarray(0, 5000),
    );
    writeFileSync(join(stub, 'index.js'), "require('./lib/napi-v8/tfjs_binding.node')");
    const { lines } = await choose('tensorflow', { DRNAS_TENSORFLOW: stub });
    expect(lines.filter((line) => line.startsWith('tensorflow'))).to.have.length(1);
    expect(lines[0]).to.match(
      /does not load: lib\/napi-v8\/tfjs_binding\.node is not whole: 5000 bytes of \d+ or more$/,
    );
  });

  it('falls through from WebGPU that is not installed, with one line', async () => {
    const { lines } = await choose('webgpu');
    expect(lines.filter((line) => line.startsWith('webgpu'))).to.deep.equal([
      'webgpu backend not used: webgpu is not installed',
    ]);
    // And says so of our own two, which this empty project lacks as well.
    expect(lines.find((line) => line.startsWith('native'))).to.match(/build:native/);
    expect(lines.find((line) => line.startsWith('wasm'))).to.match(/^wasm backend not used: .*drnas\.wasm/);
  });

  it('falls through from a WebGPU library that is broken, with one line', async () => {
    for (const [name, program] of [
      ['webgpu', "throw new Error('dawn.node: wrong architecture')"],
      ['@tensorflow/tfjs-backend-webgpu', ''],
    ]) {
      const folder = join(root, 'node_modules', name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
      writeFileSync(join(folder, 'index.js'), program);
    }
    mkdirSync(join(root, 'src', 'backend', 'webgpu'), { recursive: true });
    const worker = join('src', 'backend', 'webgpu', 'worker.mjs');
    cpSync(join(projectRoot(), worker), join(root, worker));
    const { lines } = await choose('webgpu');
    expect(lines.filter((line) => line.startsWith('webgpu'))).to.deep.equal([
      'webgpu backend not used: dawn.node: wrong architecture',
    ]);
  });
});
