// The loss against log-sum-exp in float64, and the optimiser step against PyTorch's rule written out.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { backendOf, error, kernel, onEachEngine, random, sameOnAnyThreads, values } from './engines.js';

onEachEngine('training', (name) => {
  for (const [rows, classes, size] of [
    [1, 1, 1],
    [64, 10, 3],
    [5, 67, 30],
    [3, 120, 800],
  ]) {
    it(`softmax cross-entropy agrees with its definition for [${rows}, ${classes}], logits up to ${size}`, () => {
      const logits = Float32Array.from(values(rows * classes, 1), (value) => value * size);
      const labels = Int32Array.from({ length: rows }, (_, row) => (row * 7) % classes);
      let loss = 0;
      const gradient: number[] = [];
      for (let row = 0; row < rows; row++) {
        const z = [...logits.subarray(row * classes, (row + 1) * classes)];
        const most = Math.max(...z);
        const total = z.reduce((sum, value) => sum + Math.exp(value - most), 0);
        loss += (Math.log(total) + most - z[labels[row]]) / rows;
        z.forEach((value, k) => {
          gradient.push((Math.exp(value - most) / total - (k === labels[row] ? 1 : 0)) / rows);
        });
      }
      const inputs = { logits: tf.tensor2d(logits, [rows, classes]), labels: tf.tensor1d(labels, 'int32') };
      const [got, dlogits] = kernel('SoftmaxCrossEntropy', inputs);
      expect(error(got, [loss])).to.be.below(1e-7);
      expect(error(dlogits, gradient)).to.be.below(1e-7);
    });
  }

  it('names a label that is no class', () => {
    const inputs = { logits: tf.zeros([2, 3]), labels: tf.tensor1d([0, 3], 'int32') };
    expect(() => kernel('SoftmaxCrossEntropy', inputs)).to.throw('label 3 of row 1');
  });

  for (const maxNorm of [0, 0.5, 1e9]) {
    it(`SgdUpdate does three of PyTorch's steps with the norm clipped to ${maxNorm}`, () => {
      const sizes = [1, 7, 20000, 0, 64];
      const rule = { lr: 0.1, momentum: 0.9, weightDecay: 3e-4, maxNorm, extraSquaredNorm: 0.25 };
      const run = () => {
        const norms: Float32Array[] = [];
        const tensors = (seed: number) => sizes.map((size, i) => random([size], seed + i));
        const [p, m] = [tensors(100), sizes.map((size) => tf.zeros([size]))];
        for (let step = 0; step < 3; step++) {
          const g = tensors(200 + 10 * step);
          const inputs: Record<string, tf.Tensor> = {};
          sizes.forEach((_, i) => {
            Object.assign(inputs, { [`p_${i}`]: p[i], [`g_${i}`]: g[i], [`m_${i}`]: m[i] });
          });
          norms.push(kernel('SgdUpdate', inputs, { n: sizes.length, ...rule })[0]);
          tf.dispose(g);
        }
        const result = [...norms, ...p.map((tensor) => tensor.dataSync() as Float32Array)];
        tf.dispose([...p, ...m]);
        return result;
      };
      const got = sameOnAnyThreads(name, run);
      const p = sizes.map((size, i) => Float64Array.from(values(size, 100 + i)));
      const m = sizes.map((size) => new Float64Array(size));
      for (let step = 0; step < 3; step++) {
        const g = sizes.map((size, i) => values(size, 200 + 10 * step + i));
        const norm = Math.sqrt(
          g.reduce(
            (sum, array) => sum + array.reduce((s, value) => s + value * value, 0),
            rule.extraSquaredNorm,
          ),
        );
        expect(got[step][0]).to.be.closeTo(norm, 1e-5 * norm);
        const clip = maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
        p.forEach((array, i) => {
          array.forEach((value, j) => {
            m[i][j] = rule.momentum * m[i][j] + g[i][j] * clip + rule.weightDecay * value;
            array[j] -= rule.lr * m[i][j];
          });
        });
      }
      p.forEach((array, i) => {
        expect(error(got[3 + i], array), `parameter ${i}`).to.be.below(1e-6);
      });
    });
  }

  it('SgdUpdate changes the parameters in place', () => {
    const p = tf.variable(tf.tensor1d([1, 2]));
    const inputs = { p_0: p, g_0: tf.tensor1d([1, 1]), m_0: tf.zeros([2]) };
    kernel('SgdUpdate', inputs, { n: 1, lr: 0.5 });
    expect([...p.dataSync()]).to.deep.equal([0.5, 1.5]);
    expect(backendOf(name).pool.owns(backendOf(name).values(p).buffer)).to.equal(true);
    p.dispose();
  });
});
