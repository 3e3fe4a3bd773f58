// ReLU, depthwise convolution, 1x1 convolution and batch norm in a row: most of a DARTS network, as one op.
import * as tf from '@tensorflow/tfjs';
import { batchNormTrain, checkCount } from './batchNormTrain.js';
import { conv2d } from './conv2d.js';
import { depthwiseConv2d } from './depthwiseConv2d.js';
import { convolutionGeometry } from './spatial.js';
import { hasKernel, runKernel, withGradient } from './withGradient.js';

export interface SeparableStage {
  /** One filter a channel [rows, columns, C, 1]; absent: ReLU, 1x1 convolution and batch norm alone. */
  depthwise?: tf.Tensor4D;
  /** [1, 1, C, outputs]. */
  pointwise: tf.Tensor4D;
  /** Of the batch norm, each [outputs]; absent where it has none. */
  scale?: tf.Tensor1D;
  offset?: tf.Tensor1D;
  /** Of the depthwise convolution, padded as `same`. */
  stride?: number;
  dilation?: number;
}

export interface SeparableOptions {
  /** Default 1e-5. */
  epsilon?: number;
  /** What a fused backward pass computes: `input` leaves out the weights, as an architecture pass wants. Default `all`. */
  needs?: 'all' | 'input';
  /** Multiplies the result of each image: drop-path. A constant [B], or [B, 1, 1, 1]. */
  keep?: tf.Tensor;
}

export interface SeparableResult {
  /** [B, H', W', outputs] of the last stage. */
  y: tf.Tensor4D;
  /** Batch statistics of each stage's norm: kept, not differentiated, disposed by the caller (see batchNormTrain). */
  statistics: { mean: tf.Tensor1D; variance: tf.Tensor1D; count: number }[];
}

/**
 * z_i = BN(conv1x1(depthwise(relu(z_{i-1})))) of each stage in turn, on the batch's own statistics; z_0 = x [B, H, W, C].
 * Differentiable in x and all weights. On our backends one kernel a stage and direction, which stores nothing but the
 * inputs of the batch norms; elsewhere the composition.
 */
export function separableNorm(
  x: tf.Tensor4D,
  stages: readonly SeparableStage[],
  { epsilon = 1e-5, needs = 'all', keep }: SeparableOptions = {},
): SeparableResult {
  checkStages(x, stages, keep);
  const options = { epsilon, needs, keep };
  return hasKernel('SeparableNorm') ? fused(x, stages, options) : composed(x, stages, options);
}

/** Before any work, so that no stage fails when the statistics of those before it are already kept. */
function checkStages(x: tf.Tensor4D, stages: readonly SeparableStage[], keep: tf.Tensor | undefined): void {
  if (stages.length === 0) throw new Error('a separable convolution needs at least one stage');
  if (keep && keep.size !== x.shape[0])
    throw new Error(`drop-path got factors [${keep.shape}]; expected one for each of ${x.shape[0]} images`);
  let shape: number[] = x.shape;
  for (const stage of stages) {
    const { depthwise, pointwise, scale, offset } = stage;
    const [channels, outputs] = [shape[3], pointwise.shape[3]];
    const size = depthwise?.shape[0];
    const expected = {
      depthwise: [size, size, channels, 1],
      pointwise: [1, 1, channels, outputs],
      scale: [outputs],
      offset: [outputs],
    };
    for (const [name, tensor] of Object.entries({ depthwise, pointwise, scale, offset })) {
      const wanted = expected[name as keyof typeof expected];
      if (tensor && tensor.shape.join() !== wanted.join())
        throw new Error(
          `a separable convolution of ${channels} channels got ${name} [${tensor.shape}]: expected [${wanted}]`,
        );
    }
    shape = [shape[0], ...geometryOf(stage, shape).output, outputs];
    checkCount(shape);
  }
}

/** Of the depthwise convolution, or of the 1x1 where there is none. */
const geometryOf = ({ depthwise, pointwise, stride, dilation }: SeparableStage, input: readonly number[]) =>
  depthwise
    ? convolutionGeometry([...input], depthwise.shape, { stride, dilation })
    : convolutionGeometry([...input], pointwise.shape, {});

/** The specification. */
export function composed(
  x: tf.Tensor4D,
  stages: readonly SeparableStage[],
  { epsilon = 1e-5, keep }: SeparableOptions = {},
): SeparableResult {
  const statistics: SeparableResult['statistics'] = [];
  let z = x;
  for (const { depthwise, pointwise, scale, offset, stride, dilation } of stages) {
    const active = tf.relu(z);
    const deep = depthwise ? depthwiseConv2d(active, depthwise, { stride, dilation }) : active;
    const { y, mean, variance } = batchNormTrain(conv2d(deep, pointwise), { scale, offset, epsilon });
    statistics.push({ mean, variance, count: y.size / y.shape[3] });
    z = y;
  }
  return { y: keep ? tf.mul(z, tf.reshape(keep, [-1, 1, 1, 1])) : z, statistics };
}

/** What a stage reads besides its input, by the names that the kernels know. */
const weightsOf = ({ depthwise, pointwise }: SeparableStage) => ({
  pointwise,
  ...(depthwise && { depthwise }),
});

function attributesOf(stage: SeparableStage, input: readonly number[], epsilon: number) {
  const { stride, dilation, pad } = geometryOf(stage, input);
  return { stride, dilation, pad: pad[0], epsilon };
}

/** What a stage leaves: the input of its norm, and the norm as the next stage reads through it. */
interface Passed {
  y: tf.Tensor4D;
  mean: tf.Tensor1D;
  variance: tf.Tensor1D;
}

function throughNorm(
  passed: Passed | undefined,
  stage: SeparableStage | undefined,
): Record<string, tf.Tensor> {
  if (!passed) return {};
  const { scale, offset } = stage!;
  return {
    inMean: passed.mean,
    inVariance: passed.variance,
    ...(scale && { inScale: scale }),
    ...(offset && { inOffset: offset }),
  };
}

interface FusedOptions extends Required<Omit<SeparableOptions, 'keep'>> {
  keep?: tf.Tensor;
}

function fused(x: tf.Tensor4D, stages: readonly SeparableStage[], options: FusedOptions): SeparableResult {
  const { epsilon, needs, keep } = options;
  const statistics: SeparableResult['statistics'] = [];
  const inputs: Record<string, tf.Tensor> = { x };
  stages.forEach(({ depthwise, pointwise, scale, offset }, i) => {
    if (needs === 'input') return;
    for (const [name, tensor] of Object.entries({ depthwise, pointwise, scale, offset }))
      if (tensor) inputs[`${name}${i}`] = tensor;
  });
  const y = withGradient<string, tf.Tensor4D>(
    inputs,
    (save) => {
      const saved: tf.Tensor[] = [x];
      let before: Passed | undefined;
      stages.forEach((stage, i) => {
        const input = before?.y ?? x;
        const [out, mean, variance] = runKernel(
          'SeparableNorm',
          { x: input, ...weightsOf(stage), ...throughNorm(before, stages[i - 1]) },
          attributesOf(stage, input.shape, epsilon),
        );
        before = { y: out, mean, variance } as Passed;
        statistics.push({ mean: before.mean, variance: before.variance, count: out.size / mean.size });
        saved.push(out, mean, variance);
      });
      const { scale, offset } = stages[stages.length - 1];
      const norm = { ...before!, ...(scale && { scale }), ...(offset && { offset }), ...(keep && { keep }) };
      const z = runKernel('SeparableNormalise', norm, { epsilon })[0] as tf.Tensor4D;
      // Only now, so that a stage for which there was no memory leaves nothing behind.
      for (const { mean, variance } of statistics) for (const tensor of [mean, variance]) tf.keep(tensor);
      save(keep ? [...saved, keep] : saved);
      return z;
    },
    (dy, saved) => backward(dy, saved, stages, options),
  );
  return { y, statistics };
}

/** From the last stage to the first; all gradients at once, which is what a training step asks for. */
function backward(
  dy: tf.Tensor4D,
  saved: tf.Tensor[],
  stages: readonly SeparableStage[],
  { epsilon, needs, keep }: FusedOptions,
): Record<string, () => tf.Tensor> {
  const [x, ...rest] = saved;
  const passed = stages.map((_, i) => {
    const [y, mean, variance] = rest.slice(3 * i, 3 * i + 3);
    return { y, mean, variance } as Passed;
  });
  const gradients: Record<string, () => tf.Tensor> = {};
  let dz: tf.Tensor = dy;
  let ofNorm: { dScale?: tf.Tensor; dOffset?: tf.Tensor } = {}; // the next stage gives those of this stage's norm
  for (let i = stages.length - 1; i >= 0; i--) {
    const stage = stages[i];
    const before = passed[i - 1];
    const input = before?.y ?? x;
    const outputs = runKernel(
      'SeparableNormGrad',
      {
        ...{
          dz,
          x: input,
          ...passed[i],
          ...weightsOf(stage),
          ...throughNorm(before, stages[i - 1]),
          ...ofNorm,
        },
        ...(stage.scale && { scale: stage.scale }),
        ...(keep && i === stages.length - 1 && { keep: saved[saved.length - 1] }),
      },
      { ...attributesOf(stage, input.shape, epsilon), needs },
    );
    if (dz !== dy) dz.dispose();
    dz = outputs.shift()!;
    if (needs === 'input') continue;
    const pointwise = outputs.shift()!;
    const { dScale: scale, dOffset: offset } = ofNorm.dScale
      ? ofNorm
      : { dScale: outputs.shift()!, dOffset: outputs.shift()! };
    const named = { pointwise, scale, offset, depthwise: stage.depthwise && outputs.shift() };
    for (const [name, gradient] of Object.entries(named))
      if (gradient) gradients[`${name}${i}`] = () => gradient;
    ofNorm = { dScale: outputs.shift(), dOffset: outputs.shift() };
  }
  gradients.x = () => dz;
  return gradients;
}
