// Finding libtensorflow: the order of the places, and one line for each that is missing or broken.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { loadTensorflow, tensorflowObstacle, tensorflowPlaces } from '../../src/backend/tensorflow/load.js';
import { projectRoot } from '../../src/root.js';

describe('finding libtensorflow', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'drnas-tensorflow-'));
    writeFileSync(join(root, 'package.json'), '{"name": "drnas"}');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  /** A package whose main file is `program`; with a file in the binding's place unless told otherwise. */
  function stub(folder: string, program: string, binding = true): string {
    mkdirSync(join(folder, 'dist'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"name": "stub", "main": "dist/index.js"}');
    writeFileSync(join(folder, 'dist', 'index.js'), program);
    if (binding) {
      mkdirSync(join(folder, 'lib', 'napi-v8'), { recursive: true });
      writeFileSync(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'), '');
    }
    return folder;
  }
  const npmPackage = (name: string) => join(root, 'node_modules', '@tensorflow', name);
  function made(program: string, facts: object): void {
    stub(join(root, '.cache', 'tensorflow', 'package'), program);
    writeFileSync(join(root, '.cache', 'tensorflow', 'whole.json'), JSON.stringify(facts));
  }
  const load = (options: object = {}) => {
    if (tf.findBackend('tensorflow')) throw new Error('these tests must run before TensorFlow is loaded');
    return loadTensorflow({ root, environment: {}, ...options });
  };

  it('takes the library that setup:tensorflow made before the npm packages', () => {
    made('', { gpu: false });
    stub(npmPackage('tfjs-node'), '');
    const labels = tensorflowPlaces({ root, environment: {} }).map(({ label }) => label);
    expect(labels).to.deep.equal(['.cache/tensorflow', '@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']);
  });

  it('passes over what setup:tensorflow did not finish', () => {
    stub(join(root, '.cache', 'tensorflow', 'package'), '');
    const labels = tensorflowPlaces({ root, environment: {} }).map(({ label }) => label);
    expect(labels).not.to.include('.cache/tensorflow');
  });

  it('looks nowhere else when a folder is given', () => {
    made('', { gpu: false });
    const places = tensorflowPlaces({ root, environment: { DRNAS_TENSORFLOW: '/nowhere' } });
    expect(places.map(({ folder }) => folder)).to.deep.equal(['/nowhere']);
  });

  it('tells without loading whether there is anything to load', () => {
    const there = () => tensorflowObstacle({ root, environment: {} });
    expect(there()).to.match(/tfjs-node-gpu is not installed, @tensorflow\/tfjs-node is not installed$/);
    stub(npmPackage('tfjs-node'), "throw new Error('loaded')");
    expect(there()).to.equal(undefined);
  });

  const whileUnloaded = (title: string, test: () => void) =>
    it(title, function () {
      if (tf.findBackend('tensorflow')) this.skip(); // tfjs has one backend of that name in a process
      test();
    });

  whileUnloaded('says that nothing is installed', () => {
    expect(load()).to.equal(
      '@tensorflow/tfjs-node-gpu is not installed, @tensorflow/tfjs-node is not installed',
    );
  });

  whileUnloaded('says that a package has no binding, and what builds one, without loading it', () => {
    stub(npmPackage('tfjs-node-gpu'), "throw new Error('loaded')", false);
    expect(load()).to.match(/^@tensorflow\/tfjs-node-gpu has no native binding \(npm run setup:tensorflow/);
  });

  whileUnloaded('says in one line why a package does not load, and goes on to the next', () => {
    stub(npmPackage('tfjs-node-gpu'), "throw new Error('libcudart.so.11.0: not found\\nmore lines')");
    stub(npmPackage('tfjs-node'), '');
    expect(load()).to.equal(
      '@tensorflow/tfjs-node-gpu does not load: libcudart.so.11.0: not found, ' +
        '@tensorflow/tfjs-node does not register a tfjs backend',
    );
  });

  whileUnloaded('leaves no half-registered backend behind', () => {
    symlinkSync(join(projectRoot(), 'node_modules', '@tensorflow', 'tfjs'), makeTfjs());
    stub(
      npmPackage('tfjs-node-gpu'),
      `const tf = require('@tensorflow/tfjs');
       tf.registerKernel({ kernelName: 'Relu', backendName: 'tensorflow', kernelFunc: () => {} });
       throw new Error('no binding');`,
    );
    expect(load()).to.match(/does not load: no binding/);
    expect(tf.getKernelsForBackend('tensorflow')).to.deep.equal([]);
  });
  const makeTfjs = () => {
    mkdirSync(join(root, 'node_modules', '@tensorflow'), { recursive: true });
    return join(root, 'node_modules', '@tensorflow', 'tfjs');
  };

  whileUnloaded('does not load hundreds of megabytes to find no GPU', () => {
    made("throw new Error('loaded')", { gpu: false });
    expect(load({ gpuOnly: true })).to.match(
      /^\.cache\/tensorflow is for the CPU, used only where it is asked for,/,
    );
  });
});
