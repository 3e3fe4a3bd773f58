// Batch normalisation against the textbook formulae in float64, for channel counts that fill no vector.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { error, kernel, onEachEngine, random, sameOnAnyThreads, values } from './engines.js';
import { batchNorm } from './reference.js';

const tolerance = 2e-6; // a few roundings of float32; sums are folded into float64

onEachEngine('batch normalisation', (name) => {
  for (const shape of [
    [1, 1, 1, 1],
    [3, 1, 1, 5],
    [2, 3, 5, 67],
    [1, 9, 7, 36],
    [4, 16, 16, 16], // more than one chunk
    [2, 33, 31, 6],
    [2, 20, 20, 130],
  ]) {
    for (const affine of [true, false]) {
      it(`agrees with its formulae for [${shape}], ${affine ? 'with' : 'without'} scale and offset`, () => {
        const channels = shape[3];
        const x = random(shape, 1);
        const dy = random(shape, 2);
        const scale = affine ? random([channels], 3) : undefined;
        const offset = affine ? random([channels], 4) : undefined;
        const inputs = { x, ...(scale && { scale }), ...(offset && { offset }) };
        const epsilon = 1e-5;
        const expected = batchNorm(
          x.dataSync(),
          channels,
          { scale: scale?.dataSync(), offset: offset?.dataSync(), epsilon },
          dy.dataSync(),
        );
        const [y, mean, variance] = sameOnAnyThreads(name, () =>
          kernel('BatchNormTrain', inputs, { epsilon }),
        );
        expect(error(y, expected.y)).to.be.below(tolerance);
        expect(error(mean, expected.mean)).to.be.below(tolerance);
        expect(error(variance, expected.variance)).to.be.below(tolerance);
        const saved = {
          dy,
          x,
          mean: tf.tensor1d(mean),
          variance: tf.tensor1d(variance),
          ...(scale && { scale }),
        };
        const [dx, dscale, doffset] = sameOnAnyThreads(name, () =>
          kernel('BatchNormTrainGrad', saved, { epsilon }),
        );
        expect(error(dx, expected.dx)).to.be.below(1e-5);
        expect(error(dscale, expected.dscale)).to.be.below(tolerance);
        expect(error(doffset, expected.doffset)).to.be.below(tolerance);
        tf.dispose([x, dy, saved.mean, saved.variance]);
        if (scale && offset) tf.dispose([scale, offset]);
      });
    }
  }

  it('keeps its digits where the mean is a thousand deviations away', () => {
    const x = Float32Array.from(values(4096 * 3, 5), (value) => 1000 + value);
    const expected = batchNorm(x, 3, { epsilon: 1e-5 }, x);
    const [y, , variance] = kernel('BatchNormTrain', { x: tf.tensor(x, [1, 64, 64, 3]) }, { epsilon: 1e-5 });
    expect(error(variance, expected.variance)).to.be.below(1e-6);
    expect(error(y, expected.y)).to.be.below(1e-4); // half a unit of float32 at 1000 is 3e-5
  });

  it("gives tfjs's batchNorm with given statistics", async () => {
    const [x, mean, scale, offset] = [
      random([2, 5, 3, 7], 1),
      random([7], 2),
      random([7], 3),
      random([7], 4),
    ];
    const variance = tf.abs(random([7], 5));
    const run = () =>
      tf
        .batchNorm(
          x,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
        )
        .dataSync();
    const ours = run();
    await tf.setBackend('cpu');
    const theirs = run();
    await tf.setBackend(name);
    expect(error(ours, theirs)).to.be.below(tolerance);
  });
});
