// Puts TensorFlow's own operations behind the kit's names, each only where it gives what the composition gives on this device.
import * as tf from '@tensorflow/tfjs';
import { composedBackward, composedForward } from '../../tensor/avgPool2d.js';
import * as norm from '../../tensor/batchNormTrain.js';
import { composed as convolution } from '../../tensor/conv2d.js';
import { composedLossAndGradient } from '../../tensor/softmaxCrossEntropy.js';
import { convolutionGeometry } from '../../tensor/spatial.js';
import { oneLine } from '../oneLine.js';
import { tensorflowKernels } from './kernels.js';
import type { TensorflowBackend } from './operations.js';

/** Largest relative difference from the composition. A GPU's TF32 convolutions have 10 bits, which is 1e-3. */
const TOLERANCE = { cpu: 1e-5, gpu: 5e-3 };

/** Numbers that repeat nowhere, in [-1, 1). */
const numbers = (shape: number[], phase: number): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(1.7 * i * i + phase)),
    shape,
  );

interface Trial {
  inputs: Record<string, tf.Tensor>;
  attributes: object;
  expected: tf.Tensor[];
}

/** A small case of each kernel, and what the composition makes of it. */
const trials: Record<string, () => Trial> = {
  BatchNormTrain() {
    const inputs = { x: numbers([2, 3, 4, 5], 1) as tf.Tensor4D, scale: numbers([5], 2) as tf.Tensor1D };
    const { y, mean, variance } = norm.composedForward(inputs.x, inputs.scale, undefined, 1e-5);
    return { inputs, attributes: { epsilon: 1e-5 }, expected: [y, mean, variance] };
  },
  BatchNormTrainGrad() {
    const [dy, x] = [1, 2].map((phase) => numbers([2, 3, 4, 5], phase) as tf.Tensor4D);
    const scale = numbers([5], 3) as tf.Tensor1D;
    const { mean, variance } = norm.composedForward(x, scale, undefined, 1e-5);
    const expected = norm.composedBackward(dy, [x, mean, variance, scale], 1e-5);
    return { inputs: { dy, x, mean, variance, scale }, attributes: { epsilon: 1e-5 }, expected };
  },
  ConvNhwc() {
    const { x, w, geometry, attributes } = convolutionCase();
    return { inputs: { x, w }, attributes, expected: [convolution.forward(x, w, geometry)] };
  },
  ConvNhwcGradInput() {
    const { x, w, dy, geometry, attributes } = convolutionCase();
    const expected = [convolution.inputGradient(dy, w, x.shape, geometry)];
    return { inputs: { dy, w }, attributes: { ...attributes, inputShape: x.shape }, expected };
  },
  ConvNhwcGradFilter() {
    const { x, w, dy, geometry, attributes } = convolutionCase();
    const expected = [convolution.filterGradient(x, dy, w.shape, geometry)];
    return { inputs: { x, dy }, attributes: { ...attributes, filterShape: w.shape }, expected };
  },
  AvgPool2d() {
    const x = numbers([2, 5, 5, 3], 1) as tf.Tensor4D;
    return { inputs: { x }, attributes: POOL, expected: [composedForward(x, POOL)] };
  },
  AvgPool2dGrad() {
    const dy = numbers([2, 5, 5, 3], 1) as tf.Tensor4D;
    const expected = [composedBackward(dy, dy.shape, POOL)];
    return { inputs: { dy }, attributes: { ...POOL, inputShape: dy.shape }, expected };
  },
  SoftmaxCrossEntropy() {
    const logits = numbers([4, 10], 1) as tf.Tensor2D;
    const labels = tf.tensor1d([0, 9, 3, 3], 'int32');
    return { inputs: { logits, labels }, attributes: {}, expected: composedLossAndGradient(logits, labels) };
  },
};

const POOL = { size: 3, stride: 1, pad: 1 };

function convolutionCase() {
  const attributes = { stride: 2, dilation: 1, pad: 1 };
  const [x, w] = [numbers([2, 6, 6, 3], 1), numbers([3, 3, 3, 4], 2)] as tf.Tensor4D[];
  const geometry = convolutionGeometry(x.shape, w.shape, attributes);
  const dy = numbers([2, ...geometry.output, 4], 3) as tf.Tensor4D;
  return { x, w, dy, geometry, attributes };
}

/** The largest relative difference; infinite where a number is not finite or a shape differs. */
function difference(got: tf.Tensor[], expected: tf.Tensor[]): number {
  const errors = expected.map((want, i) => {
    const [a, b] = [got[i], want].map((tensor) => tensor.dataSync() as Float32Array);
    if (a.length !== b.length || !a.every(Number.isFinite)) return Number.POSITIVE_INFINITY;
    const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
    return a.reduce((most, value, j) => Math.max(most, Math.abs(value - b[j])), 0) / scale;
  });
  return Math.max(...errors);
}

/**
 * Registers what agrees; returns a line for each kernel that does not and stays a composition.
 * The current backend must be tfjs's `tensorflow`.
 */
export function registerTensorflowKernels(backendName: string): string[] {
  if (tf.getBackend() !== backendName)
    throw new Error(`the current backend is ${tf.getBackend()}, not ${backendName}`);
  const backend = tf.backend() as unknown as TensorflowBackend;
  const tolerance = backend.isUsingGpuDevice ? TOLERANCE.gpu : TOLERANCE.cpu;
  const problems: string[] = [];
  // All trials before any registration: the compositions call each other.
  const agreeing = Object.entries(tensorflowKernels).filter(([name, kernel]) => {
    try {
      const error = tf.tidy(() => {
        const { inputs, attributes, expected } = trials[name]();
        return difference([kernel(backend, inputs, attributes)].flat(), expected);
      });
      if (error <= tolerance) return true;
      problems.push(
        `${name} by TensorFlow's own operation differs by ${error.toExponential(1)}: composed instead`,
      );
    } catch (error) {
      problems.push(`${name} by TensorFlow's own operation fails (${oneLine(error)}): composed instead`);
    }
    return false;
  });
  for (const [kernelName, kernel] of agreeing) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => kernel(backend, inputs as never, (attrs ?? {}) as never),
    });
  }
  return problems;
}
