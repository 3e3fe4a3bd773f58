// Four nested loops over strided operands: how broadcasting, slices, pads and transposes reach the kernels.
import { util } from '@tensorflow/tfjs-core';

/** Sizes of four loops, outermost first, and for each operand its four strides in elements. */
export interface Loops {
  sizes: number[];
  strides: number[][];
}

/** Loops over `sizes`, neighbouring loops joined where every operand allows it; undefined if more than four remain. */
export function loopsOver(
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
): Loops | undefined {
  // Innermost first while joining.
  const joined: number[] = [];
  const operands: number[][] = strides.map(() => []);
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    if (sizes[axis] === 1) continue;
    const last = joined.length - 1;
    const fits = operands.every((operand, n) => strides[n][axis] === operand[last] * joined[last]);
    if (last >= 0 && fits) {
      joined[last] *= sizes[axis];
    } else {
      joined.push(sizes[axis]);
      operands.forEach((operand, n) => {
        operand.push(strides[n][axis]);
      });
    }
  }
  if (joined.length > 4) return undefined;
  const fill = (list: number[], value: number) => [...Array(4 - list.length).fill(value), ...list.reverse()];
  return { sizes: fill(joined, 1), strides: operands.map((operand) => fill(operand, 0)) };
}

/** The strides of a tensor that lies in order. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis];
  }
  return strides;
}

/** The strides with which a tensor of `shape` is read as one of `outShape`: 0 along axes that are broadcast. */
export function broadcastStrides(shape: readonly number[], outShape: readonly number[]): number[] {
  const strides = stridesOf(shape);
  const missing = outShape.length - shape.length;
  return outShape.map((_, axis) =>
    axis < missing || shape[axis - missing] === 1 ? 0 : strides[axis - missing],
  );
}

export const sizeOf = (shape: readonly number[]): number => util.sizeFromShape(shape as number[]);
