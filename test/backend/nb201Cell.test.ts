// The fused search cell against its plain composition on tfjs's own cpu backend, in every mode a search uses.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { EPSILON } from '../../src/spaces/layers.js';
import { composedCell } from '../../src/spaces/nasbench201/cell.js';
import { backendOf, error, kernel, onEachEngine, random, sameOnAnyThreads } from './engines.js';

interface Case {
  shape: [number, number, number, number];
  k: number;
  /** Indices of pruned operations in the [6, 5] mask. */
  pruned?: number[];
}

/** Operations of whole edges, of a whole source node's convolutions, and scattered ones. */
const cases: Case[] = [
  { shape: [3, 6, 7, 8], k: 1 },
  { shape: [2, 16, 16, 8], k: 2 },
  { shape: [2, 8, 8, 64], k: 4 }, // c = 16: whole vectors of AVX-512, shuffled in registers
  { shape: [4, 4, 5, 6], k: 3, pruned: [2, 3, 7, 8, 17, 18] },
  { shape: [3, 5, 4, 16], k: 1, pruned: [0, 1, 2, 3, 4, 13, 19, 24, 29] },
  { shape: [17, 2, 2, 5], k: 1, pruned: [3, 8, 18] }, // more images than groups of images
];

const maskOf = ({ pruned = [] }: Case) => Array.from({ length: 30 }, (_, i) => (pruned.includes(i) ? 0 : 1));

function inputsOf({ shape, k }: Case): Record<string, tf.Tensor> {
  const c = shape[3] / k;
  const inputs: Record<string, tf.Tensor> = {
    x: random(shape, 1),
    theta: tf.tidy(() => random([6, 5], 2).abs() as tf.Tensor2D),
  };
  for (let edge = 0; edge < 6; edge++) inputs[`w1_${edge}`] = random([1, 1, c, c], 10 + edge);
  for (let edge = 0; edge < 6; edge++) inputs[`w3_${edge}`] = random([3, 3, c, c], 20 + edge);
  return inputs;
}

const weightNames = [1, 3].flatMap((size) => [0, 1, 2, 3, 4, 5].map((edge) => `w${size}_${edge}`));

/** y, mean, variance and the gradients of x, theta and the weights for the upstream gradient dy, by the composition. */
async function expected(example: Case, dy: tf.Tensor, inputs: Record<string, tf.Tensor>) {
  const here = tf.getBackend();
  const read = [dy, ...['x', 'theta', ...weightNames].map((name) => inputs[name])].map(
    (tensor) => [tensor.dataSync(), tensor.shape] as const,
  );
  await tf.setBackend('cpu');
  try {
    return composed(example, read);
  } finally {
    await tf.setBackend(here);
  }
}

function composed(example: Case, read: (readonly [tf.TypedArray, number[]])[]) {
  const [upstream, ...tensors] = read.map(([data, shape]) => tf.tensor(data, shape));
  const statistics: Float32Array[] = [];
  const { value, grads } = tf.valueAndGrads((...all: tf.Tensor[]) => {
    const [x, theta, ...w] = all;
    const interleaved = [0, 1, 2, 3, 4, 5].flatMap((edge) => [w[edge], w[6 + edge]]) as tf.Tensor4D[];
    const result = composedCell(x as tf.Tensor4D, theta as tf.Tensor2D, interleaved, {
      k: example.k,
      mask: maskOf(example),
    });
    for (const tensor of [result.mean!, result.variance!]) {
      statistics.push(tensor.dataSync() as Float32Array);
      tensor.dispose();
    }
    // tfjs refuses the gradient of what y does not depend on, as of a pruned weight: depend on it by nothing.
    return tf.addN(
      [result.y, ...w.map((weight) => weight.mul(0).sum())].map((t) => tf.add(t, tf.zerosLike(result.y))),
    );
  })(tensors, upstream);
  const answer = { y: value.dataSync(), statistics, gradients: grads.map((tensor) => tensor.dataSync()) };
  tf.dispose([upstream, value, ...tensors, ...grads]);
  return answer;
}

onEachEngine('the search cell', (name) => {
  for (const example of cases) {
    const { shape, k, pruned = [] } = example;
    it(`agrees with its composition for [${shape}], k = ${k}, ${pruned.length} operations pruned`, async () => {
      const inputs = inputsOf(example);
      const dy = random(shape, 3);
      const attributes = { k, mask: maskOf(example), epsilon: EPSILON };
      const want = await expected(example, dy, inputs);
      const [y, mean, variance, saved] = sameOnAnyThreads(name, () =>
        kernel('Nb201Cell', inputs, attributes),
      );
      expect(error(y, want.y)).to.be.below(2e-5);
      expect(error(mean, want.statistics[0])).to.be.below(1e-5);
      expect(error(variance, want.statistics[1])).to.be.below(1e-5);

      const upstream = { ...inputs, dy, saved_0: tf.tensor1d(saved) };
      const [dx, dtheta, ...dw] = want.gradients;
      const modes = [
        { needs: 'all', needsX: true, gradients: [dx, dtheta, ...dw] },
        { needs: 'alpha', needsX: true, gradients: [dx, dtheta] },
        { needs: 'weights', needsX: true, gradients: [dx, ...dw] },
        { needs: 'alpha', needsX: false, gradients: [dtheta] },
        { needs: 'weights', needsX: false, gradients: dw },
      ];
      for (const { needs, needsX, gradients } of modes) {
        const got = sameOnAnyThreads(name, () =>
          kernel('Nb201CellGrad', upstream, { ...attributes, needs, needsX }),
        );
        expect(got.length).to.equal(gradients.length);
        got.forEach((gradient, i) => {
          expect(error(gradient, gradients[i]), `${needs}, gradient ${i}`).to.be.below(1e-4);
        });
      }
      tf.dispose([...Object.values(inputs), dy, upstream.saved_0]);
    });
  }

  it('with the batch statistics given computes what training computes', () => {
    const example: Case = { shape: [3, 6, 5, 12], k: 2 };
    const inputs = inputsOf(example);
    const attributes = { k: 2, mask: maskOf(example), epsilon: EPSILON };
    const [y, mean, variance] = kernel('Nb201Cell', inputs, attributes);
    const running = { mean: tf.tensor2d(mean, [12, 6]), variance: tf.tensor2d(variance, [12, 6]) };
    const [evaluated, ...rest] = kernel('Nb201Cell', { ...inputs, ...running }, attributes);
    expect(rest).to.have.length(0);
    expect(error(evaluated, y)).to.be.below(1e-6);
    tf.dispose([...Object.values(inputs), running.mean, running.variance]);
  });

  it('leaves nothing behind', () => {
    const example = cases[1];
    const inputs = inputsOf(example);
    const attributes = { k: 2, mask: maskOf(example), epsilon: EPSILON };
    kernel('Nb201Cell', inputs, attributes);
    const { blocks } = backendOf(name).pool.statistics();
    for (let i = 0; i < 3; i++) kernel('Nb201Cell', inputs, attributes);
    expect(backendOf(name).pool.statistics().blocks).to.equal(blocks);
    tf.dispose(Object.values(inputs));
  });

  it('says what is wrong with inputs that do not fit', () => {
    const example = cases[0];
    const inputs = inputsOf(example);
    const attributes = { k: 1, mask: maskOf(example), epsilon: EPSILON };
    const run = (changed: object, more: object = {}) =>
      kernel('Nb201Cell', { ...inputs, ...changed }, { ...attributes, ...more });
    expect(() => run({}, { k: 3 })).to.throw('k = 3; expected x [B,H,W,C] with C divisible by k');
    expect(() => run({}, { k: 2 })).to.throw('w1_0 [1,1,8,8]; expected [1,1,4,4]');
    expect(() => run({ theta: inputs.w1_0 })).to.throw('theta [1,1,8,8]; expected [6,5]');
    expect(() => run({}, { mask: [1] })).to.throw('a mask of 1 entries; expected 30');
    const running = tf.zeros([12, 4]);
    expect(() => run({ mean: running, variance: running })).to.throw(
      '[12,4]; expected both, of shape [12,8]',
    );
    const half = tf.zeros([12, 8]);
    expect(() => run({ variance: half })).to.throw('one of them alone; expected both');
    tf.dispose([running, half]);
    tf.dispose(Object.values(inputs));
  });
});
