// An ordinary tfjs model, written without knowing of this backend, trains on it.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { onEachEngine, values } from './engines.js';

/** Images with a bright square in one of the four corners; the label says which. */
function corners(count: number): { xs: tf.Tensor4D; ys: tf.Tensor2D } {
  const pixels = values(count * 64, 1).map((value) => 0.2 * value);
  const labels = Array.from({ length: count }, (_, i) => i % 4);
  labels.forEach((label, i) => {
    for (let row = 0; row < 3; row++)
      for (let column = 0; column < 3; column++) {
        const [r, c] = [row + (label >> 1) * 5, column + (label & 1) * 5];
        pixels[i * 64 + r * 8 + c] += 1;
      }
  });
  return {
    xs: tf.tensor4d(pixels, [count, 8, 8, 1]),
    ys: tf.oneHot(tf.tensor1d(labels, 'int32'), 4).toFloat() as tf.Tensor2D,
  };
}

onEachEngine('a tfjs-layers model', () => {
  it('learns to tell four corners apart', async () => {
    const initial = (seed: number) => tf.initializers.glorotUniform({ seed });
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [8, 8, 1],
          filters: 5,
          kernelSize: 3,
          padding: 'same',
          kernelInitializer: initial(1),
        }),
        tf.layers.batchNormalization(),
        tf.layers.reLU(),
        tf.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', depthwiseInitializer: initial(2) }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 4, activation: 'softmax', kernelInitializer: initial(3) }),
      ],
    });
    model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    const { xs, ys } = corners(64);
    const history = await model.fit(xs, ys, { epochs: 12, batchSize: 16, shuffle: false, verbose: 0 });
    const losses = history.history.loss as number[];
    expect(losses[0], 'a guess among four classes costs about log 4').to.be.above(0.7);
    expect(losses[losses.length - 1]).to.be.below(losses[0] / 4);
    const [, accuracy] = model.evaluate(xs, ys) as tf.Scalar[];
    expect(accuracy.dataSync()[0]).to.be.above(0.95);
    model.dispose();
    tf.dispose([xs, ys, accuracy]);
  });
});
