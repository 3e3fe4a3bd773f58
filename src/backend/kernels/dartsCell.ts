// The fused DARTS search cell on our backends: shapes and memory here, arithmetic in native/darts_*.
import type { DrnasBackend } from '../backend.js';
import type { Attributes, Inputs, Kernel, Kernels, TensorInfo } from '../kernel.js';
import { asFloat, elements, perRow } from './common.js';

const edgeCount = 14;
const operationCount = 7;
const rowCount = 9;
const skip = 2;
const inputEdges = [0, 1, 2, 3, 5, 6, 9, 10];
const modes = ['alpha', 'weights', 'all'];

/** Depthwise and pointwise convolutions of the stages (column of the operation, size of its filter), in the kernels' order. */
const stages = [
  { operation: 3, size: 3 },
  { operation: 3, size: 3 },
  { operation: 4, size: 5 },
  { operation: 4, size: 5 },
  { operation: 5, size: 3 },
  { operation: 6, size: 5 },
];

interface Weight {
  name: string;
  shape: [number, number, number, number];
}

interface Sizes {
  channels: number;
  output: [number, number, number, number];
  /** B, H, W, C, k, reduction, channels of the factorised reduction's first convolution, mask. */
  geometry: number[];
  /** What the kernels need of the 14 x 14 weights; undefined where an operation is pruned or has no such weight. */
  weights: (Weight | undefined)[];
}

function sizesOf(shape: number[], { k, reduction, mask }: Attributes): Sizes {
  const [B, H, W, C] = shape;
  if (shape.length !== 4 || !Number.isInteger(k) || k < 1 || C % k !== 0) {
    throw new Error(
      `a search cell got s0 [${shape}] and k = ${k}; expected s0 [B,H,W,C] with C divisible by k`,
    );
  }
  if (reduction && (H % 2 !== 0 || W % 2 !== 0)) {
    throw new Error(`a reduction cell got images of ${H} x ${W}; expected even sides`);
  }
  if (mask.length !== edgeCount * operationCount) {
    throw new Error(
      `a search cell got a mask of ${mask.length} entries; expected 98: 14 edges x 7 operations`,
    );
  }
  const channels = C / k;
  const half = Math.floor(channels / 2);
  const weightsOf = (edge: number): (Weight | undefined)[] => {
    const kept = (operation: number) => mask[edge * operationCount + operation] !== 0;
    const reduces = reduction && inputEdges.includes(edge) && kept(skip);
    const convolutions = stages.flatMap(({ operation, size }, stage): (Weight | undefined)[] =>
      kept(operation)
        ? [
            { name: weightName(edge, 2 * stage), shape: [size, size, channels, 1] },
            { name: weightName(edge, 2 * stage + 1), shape: [1, 1, channels, channels] },
          ]
        : [undefined, undefined],
    );
    const reductions = [half, channels - half].map((outputs, grid): Weight | undefined =>
      reduces ? { name: weightName(edge, 12 + grid), shape: [1, 1, channels, outputs] } : undefined,
    );
    return [...convolutions, ...reductions];
  };
  return {
    channels,
    output: reduction ? [B, H / 2, W / 2, 4 * C] : [B, H, W, 4 * C],
    geometry: [B, H, W, C, k, reduction ? 1 : 0, half, ...mask],
    weights: Array.from({ length: edgeCount }, (_, edge) => weightsOf(edge)).flat(),
  };
}

/** An input's name: slots 2s and 2s + 1 are stage s, 12 and 13 the factorised reduction. */
const weightName = (edge: number, slot: number): string => `w_${edge}_${slot}`;

function weightAddresses(backend: DrnasBackend, { weights }: Sizes, inputs: Inputs): number[] {
  return weights.map((weight) => {
    if (!weight || elements(weight.shape) === 0) return 0;
    const tensor = inputs[weight.name];
    if (tensor?.shape.join() !== weight.shape.join()) {
      throw new Error(
        `a search cell got ${weight.name} ${tensor ? `[${tensor.shape}]` : 'missing'}; expected [${weight.shape}]`,
      );
    }
    return backend.address(asFloat(tensor, 'DartsCell'));
  });
}

function checkTheta(theta: TensorInfo): void {
  if (theta.shape.join() !== `${edgeCount},${operationCount}`) {
    throw new Error(`a search cell got theta [${theta.shape}]; expected [14,7]: edges x operations`);
  }
}

/** Bytes of what forward leaves for backward, and of both passes' working memory. */
function plan(backend: DrnasBackend, { geometry }: Sizes, wants: number[]) {
  const [saved, forward, backward] = backend.engine.call('DartsCellPlan', [...geometry, ...wants]);
  return { saved, forward, backward };
}

/**
 * {s0, s1 [B,H,W,C], theta [14,7], w_EDGE_SLOT (those of operations in use)} {k, reduction, mask [98], epsilon}
 * -> [y [B,H',W',4C], mean [126,c], variance [126,c], saved]; with mean and variance given (evaluation) -> [y].
 */
const DartsCell: Kernel = (backend, inputs, attributes) => {
  const { s0, s1, theta, mean, variance } = inputs;
  const sizes = sizesOf(s0.shape, attributes);
  checkTheta(theta);
  if (s1.shape.join() !== s0.shape.join()) {
    throw new Error(`a search cell got s0 [${s0.shape}] and s1 [${s1.shape}]; expected the same shape`);
  }
  const training = !mean && !variance;
  const bytes = plan(backend, sizes, [0, 0, 0]);
  const addresses = [s0, s1, theta].map((t) => backend.address(asFloat(t, 'DartsCell')));
  const weights = weightAddresses(backend, sizes, inputs);
  const statistics = training
    ? [0, 1].map(() => backend.output([edgeCount * rowCount, sizes.channels]))
    : [mean, variance];
  const y = backend.output(sizes.output);
  const saved = backend.output([bytes.saved / 4]);
  backend.engine.call('DartsCell', [
    ...addresses,
    ...perRow(backend, 'DartsCell', [edgeCount * rowCount, sizes.channels], statistics),
    backend.address(y),
    backend.address(saved),
    backend.scratch(bytes.forward),
    attributes.epsilon,
    training ? 1 : 0,
    ...weights,
    ...sizes.geometry,
  ]);
  if (training) return [y, ...statistics, saved];
  backend.disposeData(saved.dataId);
  return [y];
};

/**
 * {dy, theta, w_EDGE_SLOT, saved} {inputShape (of s0), k, reduction, mask, needs: 'alpha' | 'weights' | 'all', needsInputs}
 * -> [ds0, ds1 (those needed), dtheta (not for 'weights'), and (not for 'alpha') the gradient of each weight in use, by
 * edge and slot].
 */
const DartsCellGrad: Kernel = (backend, inputs, attributes) => {
  const { dy, theta, saved } = inputs;
  const { inputShape, needsInputs } = attributes as Attributes & { needsInputs: boolean[] };
  const sizes = sizesOf(inputShape, attributes);
  checkTheta(theta);
  const needs = modes.indexOf(attributes.needs);
  if (needs < 0) {
    throw new Error(`a search cell's gradient got needs = ${attributes.needs}; expected one of ${modes}`);
  }
  if (dy.shape.join() !== sizes.output.join()) {
    throw new Error(`a search cell's gradient got dy [${dy.shape}]; expected [${sizes.output}]`);
  }
  const wants = [needs, ...needsInputs.map(Number)];
  const bytes = plan(backend, sizes, wants);
  const addresses = [dy, theta, saved].map((t) => backend.address(asFloat(t, 'DartsCellGrad')));
  const weights = weightAddresses(backend, sizes, inputs);
  const inputGradients = needsInputs.map((wanted) => (wanted ? backend.output(inputShape) : undefined));
  const dtheta = attributes.needs === 'weights' ? undefined : backend.output(theta.shape);
  const weightGradients = sizes.weights.map((weight) =>
    weight && attributes.needs !== 'alpha' ? backend.output(weight.shape) : undefined,
  );
  const addressOf = (t: TensorInfo | undefined) => (t && elements(t.shape) > 0 ? backend.address(t) : 0);
  backend.engine.call('DartsCellGrad', [
    ...addresses,
    backend.scratch(bytes.backward),
    ...inputGradients.map(addressOf),
    addressOf(dtheta),
    ...weights,
    ...weightGradients.map(addressOf),
    ...sizes.geometry,
    ...wants,
  ]);
  return [...inputGradients, dtheta, ...weightGradients].flatMap((t) => (t ? [t] : []));
};

export const dartsCell: Kernels = { DartsCell, DartsCellGrad };
