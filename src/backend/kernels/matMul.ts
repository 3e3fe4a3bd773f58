// Matrix products, with tfjs's batches, transposes, bias and activation.
import { broadcast_util } from '@tensorflow/tfjs-core';
import type { DrnasBackend } from '../backend.js';
import type { Attributes, ConditionalKernel, Inputs, Kernels, TensorInfo } from '../kernel.js';
import { isFloat } from './common.js';
import { addBias, unaryInto } from './elementwise.js';
import { sizeOf } from './loops.js';

interface Product {
  outShape: number[];
  /** batch, rows, depth, columns, distance of a's matrices, of b's, a transposed, b transposed */
  numbers: number[];
}

/** The product as the kernel takes it; undefined where batches broadcast along some axes only. */
function product(a: TensorInfo, b: TensorInfo, { transposeA, transposeB }: Attributes): Product | undefined {
  const [ra, rb] = [a.shape.length, b.shape.length];
  const [rows, depth] = transposeA ? [a.shape[ra - 1], a.shape[ra - 2]] : [a.shape[ra - 2], a.shape[ra - 1]];
  const [depthB, columns] = transposeB
    ? [b.shape[rb - 1], b.shape[rb - 2]]
    : [b.shape[rb - 2], b.shape[rb - 1]];
  if (depth !== depthB) {
    throw new Error(
      `a matrix product got [${a.shape}] and [${b.shape}]: the inner sizes ${depth} and ${depthB} differ`,
    );
  }
  const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const outer = broadcast_util.assertAndGetBroadcastShape(outerA, outerB);
  const [batch, batchA, batchB] = [outer, outerA, outerB].map(sizeOf);
  if ((batchA !== batch && batchA !== 1) || (batchB !== batch && batchB !== 1)) return undefined;
  const distance = (count: number, floats: number) => (count === 1 ? 0 : floats);
  return {
    outShape: [...outer, rows, columns],
    numbers: [
      ...[batch, rows, depth, columns, distance(batchA, rows * depth), distance(batchB, depth * columns)],
      ...[Number(Boolean(transposeA)), Number(Boolean(transposeB))],
    ],
  };
}

function multiply(
  backend: DrnasBackend,
  a: TensorInfo,
  b: TensorInfo,
  { outShape, numbers }: Product,
): TensorInfo {
  const out = backend.output(outShape);
  if (sizeOf(outShape) === 0) return out;
  const addresses = [a, b, out].map((tensor) => backend.address(tensor));
  const call = (scratch: number) => backend.engine.call('MatMul', [scratch, ...addresses, ...numbers])[0];
  call(backend.scratch(call(0)));
  return out;
}

const fits = ({ a, b }: Inputs, attributes: Attributes): boolean =>
  isFloat(a) && isFloat(b) && product(a, b, attributes) !== undefined;

const BatchMatMul: ConditionalKernel = {
  when: fits,
  run: (backend, { a, b }, attributes) => multiply(backend, a, b, product(a, b, attributes)!),
};

const activations = { linear: undefined, relu: 'Relu', relu6: 'Relu6' } as const;

/** Whether bias and activation are of the kind that `finish` knows. */
export function plainFinish(
  { bias, preluActivationWeights }: Inputs,
  { activation }: Attributes,
  channels: number,
): boolean {
  const known = (activation ?? 'linear') in activations;
  return (
    known &&
    !preluActivationWeights &&
    (!bias || (isFloat(bias) && sizeOf(bias.shape) === channels && bias.shape.length === 1))
  );
}

/** Adds the bias and applies the activation, in place. */
export function finish(
  backend: DrnasBackend,
  out: TensorInfo,
  { bias }: Inputs,
  { activation }: Attributes,
): TensorInfo {
  if (bias) addBias(backend, out, bias);
  const name = activations[(activation ?? 'linear') as keyof typeof activations];
  if (name) unaryInto(backend, name, [out, out]);
  return out;
}

const _FusedMatMul: ConditionalKernel = {
  when: (inputs, attributes) =>
    fits(inputs, attributes) &&
    plainFinish(inputs, attributes, product(inputs.a, inputs.b, attributes)!.numbers[3]),
  run: (backend, inputs, attributes) => {
    const { a, b } = inputs;
    return finish(backend, multiply(backend, a, b, product(a, b, attributes)!), inputs, attributes);
  },
};

export const matMul: Kernels = { BatchMatMul, _FusedMatMul };
