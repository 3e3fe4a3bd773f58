// The fused NAS-Bench-201 search cell on our backends: shapes and memory here, arithmetic in native/nb201_cell_*.cpp.
import type { DrnasBackend } from '../backend.js';
import type { Attributes, Inputs, Kernel, Kernels, TensorInfo } from '../kernel.js';
import { asFloat, perRow } from './common.js';

const edges = [0, 1, 2, 3, 4, 5];
const modes = ['alpha', 'weights', 'all'];

interface Sizes {
  /** B, H, W, C, k: the order of the kernels' arguments. */
  numbers: [number, number, number, number, number];
  channels: number;
  mask: readonly number[];
}

function sizesOf({ x, theta, ...inputs }: Inputs, { k, mask }: Attributes): Sizes {
  const [B, H, W, C] = x.shape;
  if (x.shape.length !== 4 || !Number.isInteger(k) || k < 1 || C % k !== 0) {
    throw new Error(
      `a search cell got x [${x.shape}] and k = ${k}; expected x [B,H,W,C] with C divisible by k`,
    );
  }
  const channels = C / k;
  if (theta.shape.join() !== '6,5') {
    throw new Error(`a search cell got theta [${theta.shape}]; expected [6,5]: edges x operations`);
  }
  if (mask.length !== 30) {
    throw new Error(
      `a search cell got a mask of ${mask.length} entries; expected 30: 6 edges x 5 operations`,
    );
  }
  for (const [size, name] of [
    [1, 'w1'],
    [3, 'w3'],
  ] as const) {
    const expected = [size, size, channels, channels].join();
    for (const edge of edges) {
      const weight = inputs[`${name}_${edge}`];
      if (!weight) {
        if (mask[5 * edge + (size === 1 ? 2 : 3)] === 0) continue;
        throw new Error(`a search cell got no ${name}_${edge}, which its mask keeps`);
      }
      const { shape } = weight;
      if (shape.join() !== expected) {
        throw new Error(
          `a search cell got ${name}_${edge} [${shape}]; expected [${expected}] for C = ${C}, k = ${k}`,
        );
      }
    }
  }
  return { numbers: [B, H, W, C, k], channels, mask };
}

/** 0 for the weights of pruned operations that are not there: the kernels do not read them. */
const weightAddresses = (backend: DrnasBackend, inputs: Inputs): number[] =>
  ['w1', 'w3'].flatMap((name) =>
    edges.map((edge) => {
      const weight = inputs[`${name}_${edge}`];
      return weight ? backend.address(asFloat(weight, 'Nb201Cell')) : 0;
    }),
  );

/** Bytes of what forward leaves for backward, and of both passes' working memory. */
function plan(backend: DrnasBackend, { numbers, mask }: Sizes, needs: number) {
  const [saved, forward, backward] = backend.engine.call('Nb201CellPlan', [...numbers, needs, ...mask]);
  return { saved, forward, backward };
}

/**
 * {x [B,H,W,C], theta [6,5], w1_0..5 [1,1,c,c], w3_0..5 [3,3,c,c]} {k, mask, epsilon}
 * -> [y, mean [12,c], variance [12,c], saved]; with mean and variance given (evaluation) -> [y].
 * Weights of operations that the mask removes may be missing, here and in the gradient, which has no output for them.
 */
const Nb201Cell: Kernel = (backend, inputs, attributes) => {
  const { x, theta, mean, variance } = inputs;
  const sizes = sizesOf(inputs, attributes);
  const training = !mean && !variance;
  const bytes = plan(backend, sizes, 0);
  const addresses = [x, theta].map((t) => backend.address(asFloat(t, 'Nb201Cell')));
  const weights = weightAddresses(backend, inputs);
  const statistics = training
    ? [backend.output([12, sizes.channels]), backend.output([12, sizes.channels])]
    : [mean, variance];
  const y = backend.output(x.shape);
  const saved = backend.output([bytes.saved / 4]);
  backend.engine.call('Nb201Cell', [
    ...addresses,
    ...weights,
    ...perRow(backend, 'Nb201Cell', [12, sizes.channels], statistics),
    backend.address(y),
    backend.address(saved),
    backend.scratch(bytes.forward),
    ...sizes.numbers,
    attributes.epsilon,
    training ? 1 : 0,
    ...sizes.mask,
  ]);
  if (training) return [y, ...statistics, saved];
  backend.disposeData(saved.dataId);
  return [y];
};

/**
 * {dy, x, theta, w1_*, w3_*, saved_0} {k, mask, needs: 'alpha' | 'weights' | 'all', needsX}
 * -> [dx (if needsX), dtheta (not for 'weights'), dw1_0..5, dw3_0..5 (not for 'alpha')].
 */
const Nb201CellGrad: Kernel = (backend, inputs, attributes) => {
  const { dy, x, theta, saved_0: saved } = inputs;
  const sizes = sizesOf(inputs, attributes);
  const needs = modes.indexOf(attributes.needs);
  if (needs < 0) {
    throw new Error(`a search cell's gradient got needs = ${attributes.needs}; expected one of ${modes}`);
  }
  if (dy.shape.join() !== x.shape.join()) {
    throw new Error(`a search cell's gradient got dy [${dy.shape}]; expected the shape of x, [${x.shape}]`);
  }
  const { channels } = sizes;
  const bytes = plan(backend, sizes, needs);
  const addresses = [dy, x, theta].map((t) => backend.address(asFloat(t, 'Nb201CellGrad')));
  const weights = weightAddresses(backend, inputs);
  const dx = attributes.needsX ? [backend.output(x.shape)] : [];
  const dtheta = attributes.needs === 'weights' ? [] : [backend.output([6, 5])];
  const kernels = [1, 3].flatMap((size) =>
    edges.map((edge) => ({ size, given: inputs[`w${size}_${edge}`] })),
  );
  const wanted = attributes.needs !== 'alpha';
  // The kernel writes zeros for every pruned operation; those of missing weights go where nobody looks.
  const unread =
    wanted && kernels.some(({ given }) => !given) ? backend.output([9, channels, channels]) : undefined;
  const dweights = kernels.map(({ size, given }) => {
    if (!wanted) return undefined;
    return given ? backend.output([size, size, channels, channels]) : unread;
  });
  const addressOf = (t: TensorInfo | undefined) => (t ? backend.address(t) : 0);
  backend.engine.call('Nb201CellGrad', [
    ...addresses,
    ...weights,
    backend.address(saved),
    backend.scratch(bytes.backward),
    addressOf(dx[0]),
    addressOf(dtheta[0]),
    ...Array.from({ length: 12 }, (_, i) => addressOf(dweights[i])),
    ...sizes.numbers,
    needs,
    ...sizes.mask,
  ]);
  if (unread) backend.disposeData(unread.dataId);
  return [...dx, ...dtheta, ...dweights.filter((d): d is TensorInfo => d !== undefined && d !== unread)];
};

export const nb201Cell: Kernels = { Nb201Cell, Nb201CellGrad };
