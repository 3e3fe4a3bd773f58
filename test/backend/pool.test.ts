// Pooling against its windows, forward and backward: the gradient of an average divides as the average did.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { error, kernel, onEachEngine, random, sameOnAnyThreads } from './engines.js';
import { type PoolCase, windows } from './reference.js';

const cases: PoolCase[] = [
  { x: [2, 8, 8, 16], size: 3, stride: 1, pad: 1 }, // the supernet's pooling edge
  { x: [2, 8, 8, 8], size: 2, stride: 2, pad: 0 }, // its reduction block's shortcut
  { x: [1, 1, 1, 1], size: 3, stride: 1, pad: 1 },
  { x: [3, 5, 7, 67], size: 3, stride: 2, pad: 1 },
  { x: [1, 9, 4, 5], size: 5, stride: 3, pad: 2 },
  { x: [2, 6, 6, 9], size: 4, stride: 1, pad: 0 },
];
const tolerance = 1e-6; // sums of up to 25 values

onEachEngine('pooling', (name) => {
  for (const c of cases) {
    it(`averages the cells inside the image for [${c.x}], size ${c.size}, stride ${c.stride}, pad ${c.pad}`, () => {
      const cells = windows(c);
      const x = random(c.x, 1);
      const attributes = { size: c.size, stride: c.stride, pad: c.pad };
      const data = x.dataSync();
      const [y] = sameOnAnyThreads(name, () => kernel('AvgPool2d', { x }, attributes));
      const expected = cells.map((window) => window.reduce((sum, at) => sum + data[at], 0) / window.length);
      expect(error(y, expected)).to.be.below(tolerance);
      const out = tf.tidy(
        () =>
          tf
            .pad(x as tf.Tensor4D, [
              [0, 0],
              [c.pad, c.pad],
              [c.pad, c.pad],
              [0, 0],
            ])
            .maxPool(c.size, c.stride, 'valid').shape,
      );
      const dy = random(out, 2);
      const upstream = dy.dataSync();
      const gradient = new Float64Array(x.size);
      cells.forEach((window, i) => {
        for (const at of window) gradient[at] += upstream[i] / window.length;
      });
      const [dx] = sameOnAnyThreads(name, () =>
        kernel('AvgPool2dGrad', { dy }, { ...attributes, inputShape: c.x }),
      );
      expect(error(dx, gradient)).to.be.below(tolerance);
      tf.dispose([x, dy]);
    });

    it(`takes the largest cell for [${c.x}], size ${c.size}, stride ${c.stride}, pad ${c.pad}`, () => {
      const cells = windows(c);
      const x = random(c.x, 3) as tf.Tensor4D;
      const data = x.dataSync();
      const largest = cells.map((window) => window.reduce((best, at) => (data[at] > data[best] ? at : best)));
      const [y, dx, upstream] = tf.tidy(() => {
        const pool = (a: tf.Tensor4D) => tf.maxPool(a, c.size, c.stride, c.pad);
        const dy = random(pool(x).shape, 4);
        return [pool(x), tf.grad((a) => pool(a as tf.Tensor4D))(x, dy), dy].map((tensor) =>
          tensor.dataSync(),
        );
      });
      expect([...y]).to.deep.equal(largest.map((at) => data[at]));
      const gradient = new Float64Array(x.size);
      largest.forEach((at, i) => {
        gradient[at] += upstream[i];
      });
      expect(error(dx, gradient)).to.be.below(tolerance);
      x.dispose();
    });
  }

  it('corrects the gradient of tf.avgPool at padded borders, where tfjs divides by the whole window', () => {
    const ones = tf.ones([1, 3, 3, 1]) as tf.Tensor4D;
    const dx = tf.grad((x) => tf.avgPool(x as tf.Tensor4D, 3, 1, 'same'))(ones, ones);
    // Corner: its own window has 4 cells, two neighbours' 6 each, the centre's 9.
    const corner = 1 / 4 + 2 / 6 + 1 / 9;
    expect(dx.dataSync()[0]).to.be.closeTo(corner, 1e-6);
    tf.dispose([ones, dx]);
  });
});
