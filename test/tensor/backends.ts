// Runs a group of tests on every tfjs backend of this machine, watching that no test leaves tensors behind.
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { expect } from 'chai';
import { registerNative, registerWasm } from '../../src/backend/register.js';
import { projectRoot } from '../../src/root.js';

const backends: Record<string, () => Promise<boolean>> = {
  cpu: async () => true,
  wasm: async () => {
    if (!tf.engine().registry.wasm) {
      setWasmPaths(join(projectRoot(), 'node_modules', '@tensorflow', 'tfjs-backend-wasm', 'dist', '/'));
    }
    return true;
  },
  // Loading TensorFlow takes seconds, so only on request: DRNAS_TEST_TENSORFLOW=@tensorflow/tfjs-node-gpu, or a path.
  tensorflow: async () => {
    const name = process.env.DRNAS_TEST_TENSORFLOW;
    return Boolean(name) && Boolean(await import(name as string));
  },
  'drnas-native': async () => registerNative({ log: () => {} }),
  'drnas-wasm': () => registerWasm({ log: () => {} }),
};

/** Describes `title` once per backend. A backend that this machine does not have is shown as pending. */
export function onEveryBackend(title: string, tests: (backend: string) => void): void {
  for (const [name, prepare] of Object.entries(backends)) {
    describe(`${title} [${name}]`, () => {
      let tensors = 0;
      before(async function () {
        if (!(await prepare())) this.skip();
        expect(await tf.setBackend(name), `backend ${name} starts`).to.equal(true);
      });
      beforeEach(() => {
        tensors = tf.memory().numTensors;
      });
      afterEach(() => {
        expect(tf.memory().numTensors, 'number of tensors after the test').to.equal(tensors);
      });
      tests(name);
    });
  }
}
