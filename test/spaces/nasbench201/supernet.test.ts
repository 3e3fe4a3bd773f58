// The supernet: sizes, refusals, batch statistics, and the fused cell against its composition.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { createStream } from '../../../src/random/stream.js';
import { applyStatistics, type BatchStatistics, disposeLayers } from '../../../src/spaces/layers.js';
import { composedCell, searchCell } from '../../../src/spaces/nasbench201/cell.js';
import { createSupernet, forward } from '../../../src/spaces/nasbench201/supernet.js';
import { onEveryBackend } from '../../tensor/backends.js';

const shape = { channels: 8, cellsPerStage: 1, classes: 10, imageSize: 8, imageChannels: 3, k: 2 };
const parameterCount = (k: number, classes: number) => {
  const net = createSupernet(
    { channels: 16, cellsPerStage: 5, classes, imageSize: 32, imageChannels: 3, k },
    createStream(0),
  );
  const count = Object.values(net.parameters).reduce((sum, v) => sum + v.size, 0);
  disposeLayers(net);
  return count;
};

describe('supernet', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  // Counted from the reference: sizes with the 30 alphas, which live outside the supernet here.
  it('has the reference’s number of parameters for each k and number of classes', () => {
    expect(parameterCount(1, 10) + 30).to.equal(1686136);
    expect(parameterCount(1, 100) + 30).to.equal(1691986);
    expect(parameterCount(2, 10) + 30).to.equal(476536);
    expect(parameterCount(4, 10) + 30).to.equal(174136);
    expect(parameterCount(8, 10) + 30).to.equal(98536);
  });

  it('refuses a k that does not divide the channels, and images that cannot be halved twice', () => {
    expect(() => createSupernet({ ...shape, k: 3 }, createStream(0))).to.throw(
      /k = 3 does not divide the 8 channels/,
    );
    expect(() => createSupernet({ ...shape, imageSize: 10 }, createStream(0))).to.throw(
      /image size 10.*multiple of 4/,
    );
  });

  it('draws equal weights for equal seeds and others for others', () => {
    const nets = [1, 1, 2].map((seed) => createSupernet(shape, createStream(seed)));
    const [a, b, c] = nets.map((net) => Array.from(net.parameters['stem.0.weight'].dataSync()));
    expect(a).to.deep.equal(b);
    expect(a).not.to.deep.equal(c);
    nets.forEach(disposeLayers);
  });

  it('blends batch statistics into running ones and uses these in evaluation', () => {
    const net = createSupernet(shape, createStream(3));
    const x = tf.randomNormal([6, 8, 8, 3], 2, 3, 'float32', 5) as tf.Tensor4D;
    const theta = tf.fill([6, 5], 0.2) as tf.Tensor2D;
    const difference = () =>
      tf.tidy(() => {
        const trained = forward(net, x, theta, { training: true });
        return tf.max(tf.abs(tf.sub(trained, forward(net, x, theta, { training: false })))).dataSync()[0];
      });
    const before = difference();
    for (let i = 0; i < 60; i++) {
      const statistics: BatchStatistics[] = [];
      tf.tidy(() =>
        forward(net, x, theta, { training: true, onStatistics: (s) => statistics.push(s) }).dispose(),
      );
      applyStatistics(net, statistics);
    }
    // 0.9^60 = 0.0018 of the initial statistics is left; what remains is n/(n-1) between the variances.
    expect(difference()).to.be.below(0.1 * before);
    disposeLayers(net);
    tf.dispose([x, theta]);
  });

  onEveryBackend('search cell', () => {
    for (const k of [1, 2, 4]) {
      it(`computes the same cell by the fused kernel and by its composition, k = ${k}, with pruned operations`, () => {
        const c = 8 / k;
        const mask = Array.from({ length: 30 }, (_, i) => (i % 7 === 3 || i === 12 ? 0 : 1));
        const x = tf.randomNormal([3, 5, 7, 8], 0, 1, 'float32', 11) as tf.Tensor4D;
        const dy = tf.randomNormal([3, 5, 7, 8], 0, 1, 'float32', 12) as tf.Tensor4D;
        const theta = tf.tidy(() =>
          tf.mul(tf.randomUniform([6, 5], 0.05, 0.5, 'float32', 13), tf.tensor2d(mask, [6, 5])),
        ) as tf.Tensor2D;
        const weights = Array.from({ length: 12 }, (_, row) => {
          const size = row % 2 ? 3 : 1;
          return tf.randomNormal([size, size, c, c], 0, 0.5, 'float32', 20 + row) as tf.Tensor4D;
        });
        // The kernel gives a pruned weight the gradient 0; the composition does not reach it at all.
        const kept = weights.filter((_, row) => mask[5 * Math.floor(row / 2) + 2 + (row % 2)] === 1);
        const gradients = (cell: typeof searchCell) =>
          tf.tidy(() => {
            const { value, grads } = tf.valueAndGrads((a: tf.Tensor, t: tf.Tensor, ...w: tf.Tensor[]) => {
              const all = weights.map((weight) =>
                kept.includes(weight) ? w[kept.indexOf(weight)] : weight,
              ) as tf.Tensor4D[];
              const { y, mean, variance } = cell(a as tf.Tensor4D, t as tf.Tensor2D, all, { k, mask });
              tf.dispose([mean!, variance!]);
              return y;
            })([x, theta, ...kept], dy);
            return [value, ...grads].map((t) => Array.from(t.dataSync()));
          });
        const got = gradients(searchCell);
        const want = gradients(composedCell);
        got.forEach((values, i) => {
          const scale = Math.max(...want[i].map(Math.abs), 1e-6);
          const errors = values.map((v, j) => Math.abs(v - want[i][j]) / scale);
          expect(Math.max(...errors), `quantity ${i}`).to.be.below(2e-4);
        });
        // The passes of a search compute a part of it: alpha alone (with and without the input's gradient), weights alone.
        const thetaGradient = (cell: typeof searchCell, needsInput: boolean) =>
          tf.tidy(() => {
            const objective = (t: tf.Tensor) => {
              const options = { k, mask, needs: 'alpha', needsInput } as const;
              const { y, mean, variance } = cell(x, t as tf.Tensor2D, weights, options);
              tf.dispose([mean!, variance!]);
              return y;
            };
            return Array.from(tf.grad(objective)(theta, dy).dataSync());
          });
        const scale = Math.max(...want[2].map(Math.abs));
        for (const cell of [searchCell, composedCell]) {
          const errors = thetaGradient(cell, false).map((v, i) => Math.abs(v - want[2][i]) / scale);
          expect(Math.max(...errors), `theta alone by ${cell.name}`).to.be.below(2e-4);
        }
        tf.dispose([x, dy, theta, weights]);
      });
    }
  });
});
