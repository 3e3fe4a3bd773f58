// The backend on another thread, with tfjs's plain JavaScript over there in the place of Dawn: all of it but the card.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { registerWebgpu, webgpuName } from '../../src/backend/webgpu/register.js';
import { REFERENCE } from '../../src/experiments/parity/backends.js';
import { parityChecks, parityFailures, runParity } from '../../src/experiments/parity/run.js';
import { projectRoot } from '../../src/root.js';

/** Stands in for Dawn: an adapter with a name. */
const DAWN = `
exports.globals = {};
exports.create = () => ({ requestAdapter: async () => ({ info: { description: 'made up' } }) });`;

/** Stands in for tfjs's webgpu backend: the cpu backend and its kernels under that name. */
const BACKEND = `
const tf = require('@tensorflow/tfjs-core');
const { MathBackendCPU } = require('@tensorflow/tfjs-backend-cpu');
tf.registerBackend('webgpu', () => new MathBackendCPU());
tf.copyRegisteredKernels('cpu', 'webgpu');`;

describe('the backend on another thread', function () {
  this.timeout(60_000);
  let root: string;
  let current: string;
  before(async function () {
    if (tf.findBackendFactory(webgpuName)) this.skip(); // the real one is loaded: tfjs has one of that name
    current = tf.getBackend();
    root = mkdtempSync(join(tmpdir(), 'drnas-webgpu-'));
    const modules = join(root, 'node_modules');
    const stub = (name: string, program: string) => {
      mkdirSync(join(modules, name), { recursive: true });
      writeFileSync(join(modules, name, 'package.json'), JSON.stringify({ name, main: 'index.js' }));
      writeFileSync(join(modules, name, 'index.js'), program);
    };
    writeFileSync(join(root, 'package.json'), '{}');
    stub('webgpu', DAWN);
    stub('@tensorflow/tfjs-backend-webgpu', BACKEND);
    const resolver = createRequire(join(projectRoot(), 'package.json'));
    for (const name of ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'])
      symlinkSync(dirname(resolver.resolve(`${name}/package.json`)), join(modules, name));
    const worker = join('src', 'backend', 'webgpu', 'worker.mjs');
    mkdirSync(dirname(join(root, worker)), { recursive: true });
    symlinkSync(join(projectRoot(), worker), join(root, worker));
    expect(await registerWebgpu({ root })).to.equal('made up');
    await tf.setBackend(webgpuName);
  });
  after(async () => {
    if (!root) return;
    await tf.setBackend(current || 'cpu');
    tf.removeBackend(webgpuName);
    for (const { kernelName } of tf.getKernelsForBackend(webgpuName))
      tf.unregisterKernel(kernelName, webgpuName);
    rmSync(root, { recursive: true });
  });

  it('computes to the bits of the same kernels on this thread, gradients and a search’s steps included, and leaves no tensor', async () => {
    const checks = parityChecks.filter(
      ({ name, group }) => group === 'operation' || name === 'NAS-Bench-201 supernet',
    );
    const backend = { ...REFERENCE, name: webgpuName, title: 'over there' };
    const report = await runParity({ backends: [backend], checks, growthSteps: 2 });
    expect(parityFailures(report)).to.deep.equal([]);
    expect(report.backends[0].growth).to.equal(0);
    // Dilated depthwise convolutions go in phases on this backend, which adds in another order.
    for (const { name, error } of report.backends[0].checks)
      expect(error, name).to.be.at.most(/^(depthwise|separable)/.test(name) ? 1e-6 : 0);
  });

  it('keeps values as they were when the tensor was made, and data that two tensors share until both are gone', async () => {
    const values = Float32Array.of(1, 2, 3, 4);
    const x = tf.tensor1d(values);
    values.fill(0);
    const square = tf.reshape(tf.add(x, 0), [2, 2]);
    const flat = tf.reshape(square, [4]);
    square.dispose();
    expect(Array.from(tf.mul(flat, 2).dataSync())).to.deep.equal([2, 4, 6, 8]);
    expect(Array.from(await flat.data())).to.deep.equal([1, 2, 3, 4]);
    tf.dispose([x, flat]);
  });

  it('throws what a kernel throws over there, by one line, and goes on', () => {
    tf.registerKernel({
      kernelName: 'NoSuch',
      backendName: webgpuName,
      kernelFunc: ({ inputs, attrs, backend }) =>
        (backend as unknown as { run: (...args: unknown[]) => tf.TensorInfo }).run(
          'NoSuch',
          inputs,
          attrs ?? {},
        ),
    });
    expect(() => tf.engine().runKernel('NoSuch', {})).to.throw(/^webgpu: /);
    expect(tf.add(1, 2).dataSync()[0]).to.equal(3);
  });
});
