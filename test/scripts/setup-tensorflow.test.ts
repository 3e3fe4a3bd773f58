// `npm run setup:tensorflow` in a small clone, without a network: what it refuses, and that a failure changes nothing.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { scratchFolder } from './notebook/make.js';

const EARLIER = JSON.stringify({ tensorflow: '1.0', gpu: false, from: '/earlier' });

/** Stands in for g++: makes the file after -o, unless it is told to fail. */
const COMPILER = `#!${process.execPath}
const at = process.argv.indexOf('-o');
if (at > 0 && process.env.FAKE_CXX) { console.error(process.env.FAKE_CXX); process.exit(1); }
if (at > 0) require('node:fs').writeFileSync(process.argv[at + 1], '');
`;

/** Stands in for tfjs, and for the package that registers TensorFlow with it. */
const TFJS = (product: string) => `
const numbers = (values) => ({ dataSync: () => values });
module.exports = {
  setBackend() {}, reshape() {}, range() {}, ones() {},
  matMul: () => numbers([${product}]),
  conv2d: () => numbers([45, 54, 81, 90]),
  backend: () => ({ binding: { TF_Version: '2.99.0' }, isUsingGpuDevice: false }),
};`;

describe('setup:tensorflow', function () {
  if (process.platform !== 'linux') return; // it is for Linux only, and says so
  this.timeout(30_000);
  let clone: string;
  let python: string;
  let cache: string;
  beforeEach(() => {
    clone = scratchFolder();
    cache = join(clone, '.cache');
    for (const path of ['setup-tensorflow.mjs', 'tensorflow'])
      cpSync(resolve('scripts', path), join(clone, 'scripts', path), { recursive: true });
    writeFileSync(join(clone, 'package.json'), '{"name": "drnas"}');
    writeFileSync(join(clone, 'cxx'), COMPILER);
    chmodSync(join(clone, 'cxx'), 0o755);
    const package_ = (name: string, program = '') => {
      const folder = join(clone, 'node_modules', ...name.split('/'));
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        join(folder, 'package.json'),
        JSON.stringify({ name, version: '1.0.0', main: 'index.js' }),
      );
      writeFileSync(join(folder, 'index.js'), program);
      return folder;
    };
    for (const name of ['@mapbox/node-pre-gyp', 'google-protobuf', 'progress']) package_(name);
    package_('node-api-headers', "exports.include_dir = '/headers';");
    package_('@tensorflow/tfjs', TFJS('19, 22, 43, 50'));
    const tfjsNode = package_('@tensorflow/tfjs-node-gpu');
    for (const folder of ['dist', 'binding']) mkdirSync(join(tfjsNode, folder));
    writeFileSync(join(tfjsNode, 'dist', 'index.js'), '');
    // What is looked for in a Python TensorFlow.
    python = join(clone, 'python', 'tensorflow');
    mkdirSync(join(python, 'include', 'tensorflow', 'c', 'eager'), { recursive: true });
    for (const name of [
      'libtensorflow_framework.so.2',
      'libtensorflow_cc.so.2',
      'include/tensorflow/c/eager/c_api.h',
    ])
      writeFileSync(join(python, name), '');
  });
  afterEach(() => rmSync(clone, { recursive: true }));

  const setup = (args: string[], environment: Record<string, string> = {}) => {
    const env = { ...process.env, CXX: join(clone, 'cxx'), FAKE_CXX: '', ...environment };
    const script = join('scripts', 'setup-tensorflow.mjs');
    return spawnSync(process.execPath, [script, ...args], { cwd: clone, encoding: 'utf8', env });
  };
  const left = () => (existsSync(cache) ? readdirSync(cache) : []);
  const marker = () => readFileSync(join(cache, 'tensorflow', 'whole.json'), 'utf8');
  const earlier = () => {
    mkdirSync(join(cache, 'tensorflow'), { recursive: true });
    writeFileSync(join(cache, 'tensorflow', 'whole.json'), EARLIER);
  };

  it('refuses options that contradict each other or do not exist', () => {
    for (const args of [['--gpu'], ['--version', '2.0'], ['--python', 'python3']]) {
      const { status, stderr } = setup(['--from', python, ...args]);
      expect(status).to.equal(1);
      expect(stderr).to.contain('--from takes what is there: leave out --gpu, --version and --python');
    }
    expect(setup(['--cpu']).stderr).to.match(/^setup:tensorflow: Unknown option '--cpu'/m);
    expect(setup(['--from', join(cache, 'tensorflow', 'venv')]).stderr).to.contain('which is replaced');
    expect(left()).to.deep.equal([]);
  });

  it('refuses a folder without a TensorFlow, or with one that is too old', () => {
    expect(setup(['--from', clone]).stderr).to.match(/there is no TensorFlow in .*: expected a virtual/);
    rmSync(join(python, 'libtensorflow_cc.so.2'));
    expect(setup(['--from', python]).stderr).to.contain('that TensorFlow is too old');
    expect(left()).to.deep.equal([]);
  });

  it('says that there is no compiler before it downloads anything', () => {
    const { status, stdout, stderr } = setup([], { CXX: '/nowhere/g++', PYTHON: '/nowhere/python3' });
    expect([status, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.contain('it needs a C++17 compiler').and.contain('/nowhere/g++ was not found');
  });

  it('leaves an earlier library as it was where the build or the trial fails', () => {
    earlier();
    const failed = setup(['--from', python], { FAKE_CXX: 'c_api.h: no such type' });
    expect(failed.status).to.equal(1);
    expect(failed.stderr).to.contain('The binding could not be built').and.contain('c_api.h: no such type');
    writeFileSync(join(clone, 'node_modules', '@tensorflow', 'tfjs', 'index.js'), TFJS('19, 22, 43, 51'));
    const wrong = setup(['--from', python]);
    expect(wrong.status).to.equal(1);
    expect(wrong.stderr).to.contain('computes wrongly: [19,22,43,51] instead of [19,22,43,50]');
    expect(left()).to.deep.equal(['tensorflow']);
    expect(marker()).to.equal(EARLIER);
  });

  it('takes the place of an earlier library when it computes, is there the next time, and goes away', () => {
    earlier();
    mkdirSync(join(cache, 'tensorflow.part-1')); // of a run that was killed
    const first = setup(['--from', join('python', 'tensorflow')]);
    expect([first.status, first.stderr]).to.deep.equal([0, '']);
    expect(first.stdout).to.match(/TensorFlow 2\.99\.0 is ready in .*It computes on the CPU; it sees no GPU/);
    expect(left()).to.deep.equal(['tensorflow']);
    expect(JSON.parse(marker())).to.include({ tensorflow: '2.99.0', gpu: false, from: python });
    const made = join(cache, 'tensorflow', 'package');
    expect(readlinkSync(join(made, 'deps', 'lib', 'libtensorflow.so'))).to.equal(
      join(python, 'libtensorflow_cc.so.2'),
    );
    expect(existsSync(join(made, 'lib', 'napi-v8', 'tfjs_binding.node'))).to.equal(true);
    expect(setup(['--from', python]).stdout).to.match(/2\.99\.0 is there already/);
    expect(setup(['--remove']).stdout).to.match(/^Removed /);
    expect(left()).to.deep.equal([]);
  });
});
