// Recomputation of parts, and losses in parts.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { accumulatedLoss, partsOf } from '../../src/tensor/accumulate.js';
import { batchNormTrain } from '../../src/tensor/batchNormTrain.js';
import { conv2d } from '../../src/tensor/conv2d.js';
import { recomputed } from '../../src/tensor/recompute.js';
import { variableGradients } from '../../src/tensor/variableGradients.js';
import { onEveryBackend } from './backends.js';

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);

/** Bits of tensors by name, which are disposed. */
function bitsOf({ value, grads }: { value: tf.Scalar; grads: tf.NamedTensorMap }): Record<string, string> {
  const hex = (tensor: tf.Tensor) => Buffer.from(Float32Array.from(tensor.dataSync()).buffer).toString('hex');
  const bits = Object.fromEntries(Object.entries({ value, ...grads }).map(([name, t]) => [name, hex(t)]));
  tf.dispose([value, grads] as unknown as tf.TensorContainer);
  return bits;
}

onEveryBackend('recomputed', () => {
  const variable = (shape: number[], seed: number) => tf.tidy(() => tf.variable(random(shape, seed)));

  /** Three layers whose second takes the first's output twice, and a weight that none uses. */
  const network = (recompute: boolean, mixing: tf.Tensor, weights: tf.Variable[], seen: boolean[] = []) => {
    const part = (tensors: Record<string, tf.Tensor>, again: boolean) => {
      seen.push(again);
      const { a, b, theta } = tensors as Record<string, tf.Tensor4D>;
      const { y, mean, variance } = batchNormTrain(conv2d(tf.relu(a), weights[1] as unknown as tf.Tensor4D));
      tf.dispose([mean, variance]);
      const mixed = theta.slice([0], [1]).reshape([]);
      return tf.add(tf.mul(y, mixed), tf.mul(b, theta.slice([1], [1]).reshape([])));
    };
    return (x: tf.Tensor4D): tf.Scalar => {
      const h = conv2d(x, weights[0] as unknown as tf.Tensor4D);
      const inputs = { b: h, a: h, theta: mixing };
      const own = recompute
        ? recomputed({ inputs, weights }, part)
        : part({ ...inputs, theta: mixing.clone() }, false);
      return tf.mean(tf.square(tf.mul(own, h)));
    };
  };

  it('gives values and gradients to the bit, none for what is not used, and leaves no tensor behind', () => {
    const x = random([2, 5, 5, 2], 1) as tf.Tensor4D;
    const weights = [variable([3, 3, 2, 3], 2), variable([3, 3, 3, 3], 3), variable([1, 1, 3, 3], 4)];
    const mixing = variable([2], 5);
    const before = tf.memory().numTensors;
    const seen: boolean[] = [];
    const all = [...weights, mixing];
    const plain = bitsOf(variableGradients(() => network(false, mixing, weights)(x), all));
    const again = bitsOf(variableGradients(() => network(true, mixing, weights, seen)(x), all));
    expect(again).to.deep.equal(plain);
    expect(Object.keys(plain)).to.have.length(4); // the value, two weights and the mixing
    expect(seen).to.deep.equal([false, true]);
    expect(tf.memory().numTensors).to.equal(before);
    // Off the tape the part runs once.
    tf.dispose(tf.tidy(() => network(true, mixing, weights, seen)(x)));
    expect(seen).to.deep.equal([false, true, false]);
    tf.dispose([x, ...weights, mixing]);
  });

  it('is transparent to a pass that differentiates some of its inputs only', () => {
    const x = random([2, 5, 5, 2], 1) as tf.Tensor4D;
    const weights = [variable([3, 3, 2, 3], 2), variable([3, 3, 3, 3], 3)];
    const mixing = variable([2], 5);
    const before = tf.memory().numTensors;
    const pass = (recompute: boolean) => {
      const part = ({ h, theta }: Record<string, tf.Tensor>) =>
        tf.mul(
          conv2d(h as tf.Tensor4D, weights[1] as unknown as tf.Tensor4D),
          theta.slice([0], [1]).reshape([]),
        );
      return variableGradients(() => {
        const h = conv2d(x, weights[0] as unknown as tf.Tensor4D);
        const y = recompute
          ? recomputed({ inputs: { theta: mixing }, constants: { h }, weights: [] }, part)
          : part({ h, theta: mixing });
        return tf.mean(tf.square(y)) as tf.Scalar;
      }, [mixing]);
    };
    expect(bitsOf(pass(true))).to.deep.equal(bitsOf(pass(false)));
    expect(tf.memory().numTensors).to.equal(before);
    tf.dispose([x, ...weights, mixing]);
  });
});

onEveryBackend('accumulatedLoss', () => {
  const make = () => ({
    x: random([6, 3], 1) as tf.Tensor2D,
    w: tf.tidy(() => tf.variable(random([3, 4], 2))),
    unused: tf.tidy(() => tf.variable(tf.scalar(1))),
  });
  const lossOf = (x: tf.Tensor2D, w: tf.Variable) =>
    tf.mean(tf.square(tf.matMul(x, w as unknown as tf.Tensor2D))) as tf.Scalar;

  it('equals the loss of the whole where no image depends on others, and of a single part to the bit', () => {
    const { x, w, unused } = make();
    const before = tf.memory().numTensors;
    const inParts = (most: number) =>
      variableGradients(() => {
        const parts = partsOf(6, most).map(([begin, end]) => ({
          share: (end - begin) / 6,
          loss: () => lossOf(tf.slice(x, [begin, 0], [end - begin, 3]), w),
        }));
        return accumulatedLoss(parts, [w, unused]);
      }, [w, unused]);
    const whole = variableGradients(() => lossOf(x, w), [w, unused]);
    const parts = inParts(4);
    expect(Object.keys(parts.grads)).to.deep.equal(Object.keys(whole.grads));
    expect(parts.value.dataSync()[0]).to.be.closeTo(whole.value.dataSync()[0], 1e-6);
    const [mine, theirs] = [parts, whole].map(({ grads }) => Array.from(grads[w.name].dataSync()));
    mine.forEach((value, i) => expect(value).to.be.closeTo(theirs[i], 1e-6));
    expect(bitsOf(inParts(6))).to.deep.equal(bitsOf(whole));
    tf.dispose([parts.value, parts.grads] as unknown as tf.TensorContainer);
    expect(tf.memory().numTensors).to.equal(before);
    tf.dispose([x, w, unused]);
  });

  it('passes on the factor that a later op gives it', () => {
    const { x, w, unused } = make();
    const { value, grads } = variableGradients(
      () => tf.mul(accumulatedLoss([{ share: 1, loss: () => lossOf(x, w) }], [w]), 3),
      [w],
    );
    const once = variableGradients(() => lossOf(x, w), [w]);
    const [tripled, plain] = [grads, once.grads].map((g) => Array.from(g[w.name].dataSync()));
    tripled.forEach((g, i) => expect(g).to.be.closeTo(3 * plain[i], 1e-5));
    tf.dispose([value, grads, once.value, once.grads, x, w, unused] as unknown as tf.TensorContainer);
  });
});

describe('parts of a batch', () => {
  it('are as few as can be and of nearly equal size, so that none is left with a single image', () => {
    expect(partsOf(64, 16)).to.deep.equal([
      [0, 16],
      [16, 32],
      [32, 48],
      [48, 64],
    ]);
    expect(partsOf(65, 64)).to.deep.equal([
      [0, 32],
      [32, 65],
    ]);
    expect(partsOf(8, 8)).to.deep.equal([[0, 8]]);
    for (let batch = 2; batch < 40; batch++)
      for (let most = 2; most < 12; most++)
        for (const [begin, end] of partsOf(batch, most))
          expect(end - begin, `${batch} by ${most}`).to.be.within(2, Math.max(most, 3));
  });
});
