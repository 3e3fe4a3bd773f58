// What the backend's tests share: both engines, seeded values, float64 references are in reference.ts.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { DrnasBackend } from '../../src/backend/backend.js';
import {
  nativeName,
  registered,
  registerNative,
  registerWasm,
  wasmName,
} from '../../src/backend/register.js';

const quietly = { threads: 2, log: () => {} };

/** One describe block for each engine; the native one is skipped where the addon is not built. */
export function onEachEngine(title: string, body: (name: string) => void): void {
  for (const name of [nativeName, wasmName]) {
    describe(`${title} (${name})`, () => {
      before(async function () {
        const there = name === nativeName ? registerNative(quietly) : await registerWasm(quietly);
        if (!there && name === nativeName) this.skip();
        expect(there).to.equal(true);
        await tf.setBackend(name);
      });
      after(() => tf.setBackend('cpu'));
      body(name);
    });
  }
}

export function backendOf(name: string): DrnasBackend {
  const backend = registered(name);
  if (!backend) throw new Error(`${name} is not registered`);
  return backend;
}

/** Values in [-1, 1), the same for the same seed (a linear congruential generator; quality is no matter here). */
export function values(count: number, seed: number): Float32Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}

export function random(shape: number[], seed: number): tf.Tensor {
  return tf.tensor(values(tf.util.sizeFromShape(shape), seed), shape);
}

/** The largest difference, relative to the largest expected value (or 1). */
export function error(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 1;
  let difference = 0;
  for (let i = 0; i < got.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    const d = Math.abs(got[i] - expected[i]);
    if (!(d <= difference)) difference = d;
  }
  return difference / largest;
}

/** Runs a kernel by name on the current backend and reads its outputs. */
export function kernel(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attributes: object = {},
): Float32Array[] {
  return tf.tidy(() => {
    const result = tf.engine().runKernel(name, inputs, attributes as unknown as tf.NamedAttrMap) as unknown as
      | tf.Tensor
      | tf.Tensor[];
    return (Array.isArray(result) ? result : [result]).map((tensor) => tensor.dataSync() as Float32Array);
  });
}

/** The outputs of `run` with one thread and with two, which must not differ in a single bit. */
export function sameOnAnyThreads(name: string, run: () => Float32Array[]): Float32Array[] {
  const { engine } = backendOf(name);
  engine.setThreads(1);
  const one = run();
  engine.setThreads(2);
  const two = run();
  one.forEach((array, i) => {
    const same = Buffer.compare(
      Buffer.from(array.buffer, array.byteOffset, array.byteLength),
      Buffer.from(two[i].buffer, two[i].byteOffset, two[i].byteLength),
    );
    expect(same, `output ${i} with 1 and with 2 threads`).to.equal(0);
  });
  return two;
}
