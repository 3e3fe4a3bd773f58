// The convolution kernels against float64 loops, on shapes that fill no vector and no tile.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { error, kernel, onEachEngine, random, sameOnAnyThreads } from './engines.js';
import { type ConvCase, conv, convGradFilter, convGradInput, convOutShape } from './reference.js';

const of = (
  x: [number, number, number, number],
  [k, outputs, stride = 1, dilation = 1, pad = (dilation * (k - 1)) / 2]: number[],
): ConvCase => ({ x, w: [k, k, x[3], outputs], stride, dilation, pad });

const cases: ConvCase[] = [
  of([2, 8, 8, 3], [3, 16]), // the supernet's stem
  of([3, 9, 7, 8], [3, 16, 2]), // its reduction block, odd sizes
  of([2, 8, 8, 16], [3, 32]),
  of([2, 8, 8, 16], [1, 32]),
  of([2, 8, 8, 16], [1, 32, 2]),
  of([17, 4, 4, 6], [3, 9]), // more images than partial sums
  of([1, 1, 1, 1], [3, 1]),
  of([1, 1, 1, 67], [1, 67]),
  of([2, 5, 6, 67], [3, 33]),
  of([1, 13, 11, 5], [3, 7, 1, 2]),
  of([2, 13, 11, 4], [5, 18, 2, 2]),
  of([1, 10, 10, 12], [5, 4, 3, 1, 0]),
  of([2, 6, 6, 2], [4, 3, 2, 1, 1]),
  of([1, 3, 40, 17], [3, 48]),
  of([1, 40, 3, 31], [1, 2, 3]),
];

// Sums of at most a few thousand float32 products of values below 1, relative to the largest of them.
const tolerance = 2e-6;

onEachEngine('convolution', (name) => {
  for (const c of cases) {
    const title = `x [${c.x}], w [${c.w}], stride ${c.stride}, dilation ${c.dilation}, pad ${c.pad}`;
    it(`agrees with its definition for ${title}, forward and backward`, () => {
      const x = random(c.x, 1);
      const w = random(c.w, 2);
      const dy = random(convOutShape(c), 3);
      const attributes = { stride: c.stride, dilation: c.dilation, pad: c.pad };
      const [y] = sameOnAnyThreads(name, () => kernel('ConvNhwc', { x, w }, attributes));
      expect(error(y, conv(c, x.dataSync(), w.dataSync()))).to.be.below(tolerance);
      const [dx] = sameOnAnyThreads(name, () =>
        kernel('ConvNhwcGradInput', { dy, w }, { ...attributes, inputShape: c.x }),
      );
      expect(error(dx, convGradInput(c, dy.dataSync(), w.dataSync()))).to.be.below(tolerance);
      const [dw] = sameOnAnyThreads(name, () =>
        kernel('ConvNhwcGradFilter', { x, dy }, { ...attributes, filterShape: c.w }),
      );
      expect(error(dw, convGradFilter(c, x.dataSync(), dy.dataSync()))).to.be.below(tolerance);
      tf.dispose([x, w, dy]);
    });
  }

  for (const pad of ['same', 'valid'] as const) {
    for (const [size, strides] of [
      [8, 1],
      [8, 2],
      [7, 2],
      [9, 3],
    ]) {
      it(`gives tfjs's conv2d and its gradients: ${pad}, ${size}x${size}, stride ${strides}`, async () => {
        const run = () =>
          tf.tidy(() => {
            const x = random([2, size, size, 5], 4) as tf.Tensor4D;
            const w = random([3, 3, 5, 6], 5) as tf.Tensor4D;
            const f = (a: tf.Tensor, b: tf.Tensor) =>
              tf
                .conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad)
                .square()
                .sum() as tf.Scalar;
            return [tf.conv2d(x, w, strides, pad), ...tf.grads(f)([x, w])].map((tensor) => tensor.dataSync());
          });
        const ours = run();
        await tf.setBackend('cpu');
        const theirs = run();
        await tf.setBackend(name);
        ours.forEach((array, i) => {
          expect(error(array, theirs[i]), `output ${i}`).to.be.below(2e-6);
        });
      });
    }
  }
});
