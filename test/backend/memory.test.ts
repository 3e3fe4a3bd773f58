// Memory: blocks come back, views never outlive them, and running out names the tensor.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createHeap } from '../../src/backend/heap.js';
import { createPool, sizeClass } from '../../src/backend/memory.js';
import { registerEngine } from '../../src/backend/register.js';
import { loadWasm } from '../../src/backend/wasm.js';
import { separableNorm } from '../../src/tensor/separable.js';
import { backendOf, kernel, onEachEngine, random } from './engines.js';

describe('size classes', () => {
  it('lose at most an eighth and are multiples of the alignment', () => {
    for (let bytes = 1; bytes < 1e9; bytes = Math.ceil(bytes * 1.37)) {
      const size = sizeClass(bytes);
      expect(size).to.be.at.least(bytes);
      expect(size % 64).to.equal(0);
      expect(size).to.be.at.most(Math.max(64, bytes * 1.125 + 64));
      expect(sizeClass(size), `${size} is its own class`).to.equal(size);
    }
  });
});

describe('the heap', () => {
  it('reuses and merges what was given back, and never hands out the same bytes twice', () => {
    const heap = createHeap(100, 64, (end) => end <= 1 << 16);
    const taken = new Map<number, number>();
    let state = 1;
    for (let step = 0; step < 3000; step++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      if (state % 3 === 0 && taken.size > 0) {
        const [address, bytes] = [...taken][state % taken.size];
        heap.give(address, bytes);
        taken.delete(address);
        continue;
      }
      const bytes = 1 + ((state >>> 8) % 3000);
      const address = heap.take(bytes);
      if (address === undefined) continue;
      expect(address % 64).to.equal(0);
      for (const [other, size] of taken)
        expect(address + bytes <= other || other + size <= address).to.equal(true);
      taken.set(address, bytes);
    }
    for (const [address, bytes] of taken) heap.give(address, bytes);
    // All of it is one range again: 64 KiB less the 128 bytes before the first aligned address.
    expect(heap.take((1 << 16) - 128)).to.equal(128);
  });
});

onEachEngine('memory', (name) => {
  it('stays level over a thousand training steps', () => {
    const { pool } = backendOf(name);
    const w = tf.variable(random([3, 3, 4, 8], 1)) as tf.Variable<tf.Rank.R4>;
    const v = tf.variable(random([8, 3], 2)) as tf.Variable<tf.Rank.R2>;
    const optimizer = tf.train.momentum(0.01, 0.9);
    const x = random([4, 6, 6, 4], 3) as tf.Tensor4D;
    const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 0], 'int32'), 3);
    const step = () =>
      optimizer.minimize(() => {
        const hidden = tf.relu(tf.conv2d(x, w, 1, 'same'));
        const pooled = tf.mean(tf.avgPool(hidden as tf.Tensor4D, 3, 1, 'same'), [1, 2]) as tf.Tensor2D;
        return tf.losses.softmaxCrossEntropy(labels, tf.matMul(pooled, v)) as tf.Scalar;
      });
    for (let i = 0; i < 10; i++) step();
    const before = { ...pool.statistics(), ...tf.memory() };
    for (let i = 0; i < 1000; i++) step();
    const after = { ...pool.statistics(), ...tf.memory() };
    expect(after.reserved, 'bytes taken from the engine').to.equal(before.reserved);
    expect(after.used, 'bytes in blocks in use').to.equal(before.used);
    expect(after.blocks, 'blocks in use').to.equal(before.blocks);
    expect(after.numTensors).to.equal(before.numTensors);
    expect(after.numBytes).to.equal(before.numBytes);
    optimizer.dispose();
    tf.dispose([w, v, x, labels]);
  });

  it('gives every block back when all tensors are disposed', () => {
    const { pool } = backendOf(name);
    const { blocks } = pool.statistics();
    tf.tidy(() =>
      tf.matMul(tf.relu(random([5, 5], 1)) as tf.Tensor2D, random([5, 5], 2) as tf.Tensor2D).dataSync(),
    );
    // The kernels' working memory is one block that stays.
    expect(pool.statistics().blocks - blocks).to.be.at.most(1);
  });

  it('gives back what a kernel made before it threw', () => {
    const { pool } = backendOf(name);
    const logits = tf.relu(random([2, 3], 1)) as tf.Tensor2D;
    const labels = tf.tensor1d([0, 7], 'int32');
    const failing = () => kernel('SoftmaxCrossEntropy', { logits, labels });
    expect(failing).to.throw('label 7 of row 1 is none of the 3 classes'); // only now both are in blocks
    const { blocks, used } = pool.statistics();
    expect(failing).to.throw('label 7');
    const after = pool.statistics();
    expect({ blocks: after.blocks, used: after.used }).to.deep.equal({ blocks, used });
    tf.dispose([logits, labels]);
  });

  it('hands out copies: data read from a tensor survives the tensor', () => {
    const x = tf.relu(tf.tensor1d([1, 2, 3]));
    const data = x.dataSync();
    x.dispose();
    const y = tf.relu(tf.tensor1d([7, 8, 9]));
    expect([...data]).to.deep.equal([1, 2, 3]);
    y.dispose();
  });

  it('keeps a slice by a cpu kernel alive after its source', () => {
    const flags = tf.greater(tf.relu(tf.tensor1d([1, 0, 2, 0])), 0); // bool: tfjs's own slice, a view of its input
    const part = tf.slice(flags, 1, 2);
    flags.dispose();
    const others = [0, 1, 2].map(() => tf.greater(tf.relu(tf.tensor1d([0, 5, 0, 5])), 0));
    expect([...part.dataSync()]).to.deep.equal([0, 1]);
    tf.dispose([part, ...others]);
  });

  it('adopts values that change hands between backends', async () => {
    const x = tf.relu(tf.tensor1d([-1, 2]));
    await tf.setBackend('cpu');
    const y = tf.add(x, 1);
    expect([...y.dataSync()]).to.deep.equal([1, 3]);
    await tf.setBackend(name);
    expect([...tf.relu(tf.sub(y, 2)).dataSync()]).to.deep.equal([0, 1]);
    expect([...tf.relu(x).dataSync()]).to.deep.equal([0, 2]);
  });
});

describe('running out of memory', () => {
  it('names the tensor and leaves the rest usable', async () => {
    registerEngine(await loadWasm(1), 'drnas-small', { limit: 8 << 20 });
    await tf.setBackend('drnas-small');
    const small = tf.relu(tf.tensor1d([-1, 1]));
    expect(() => tf.relu(tf.zeros([1000, 4096]))).to.throw(
      /out of memory: a tensor of shape \[1000,4096\], dtype float32/,
    );
    expect([...tf.relu(small).dataSync()]).to.deep.equal([0, 1]);
    await tf.setBackend('cpu');
    tf.removeBackend('drnas-small');
  });

  it('leaves nothing of a separable convolution whose second stage has no room', async () => {
    registerEngine(await loadWasm(1), 'drnas-narrow', { limit: 6 << 20 });
    await tf.setBackend('drnas-narrow');
    const { pool } = backendOf('drnas-narrow');
    const x = random([2, 64, 64, 32], 1) as tf.Tensor4D; // 1 MiB, as every stage's output
    const pointwise = random([1, 1, 32, 32], 2) as tf.Tensor4D;
    const run = (count: number) => () =>
      tf.tidy(() =>
        separableNorm(x, Array(count).fill({ pointwise })).statistics.forEach(({ mean, variance }) =>
          tf.dispose([mean, variance]),
        ),
      );
    run(1)();
    const before = { tensors: tf.memory().numTensors, blocks: pool.statistics().blocks };
    expect(run(8)).to.throw('out of memory');
    expect({ tensors: tf.memory().numTensors, blocks: pool.statistics().blocks }).to.deep.equal(before);
    tf.dispose([x, pointwise]);
    await tf.setBackend('cpu');
    tf.removeBackend('drnas-narrow');
  });

  it('cuts waiting blocks anew before it gives up', async () => {
    const pool = createPool(await loadWasm(1), { limit: 4 << 20 });
    const block = pool.take(3 << 20, () => 'a');
    pool.give(block);
    expect(pool.take(2 << 20, () => 'b').bytes).to.be.at.least(2 << 20);
    expect(() => pool.take(3 << 20, () => 'a tensor')).to.throw(
      /out of memory: a tensor needs 3145728 bytes/,
    );
  });
});
