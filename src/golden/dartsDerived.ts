// Replays `darts_derived_*`: a stand-alone network's training pass with its auxiliary head, gradients, and evaluation afterwards.
import * as tf from '@tensorflow/tfjs';
import { createStream } from '../random/stream.js';
import { parseGenotype } from '../spaces/darts/genotype.js';
import { createNetwork, networkForward } from '../spaces/darts/network.js';
import { applyStatistics, type BatchStatistics, disposeLayers } from '../spaces/layers.js';
import { globalNorm } from '../tensor/clip.js';
import { softmaxCrossEntropy } from '../tensor/softmaxCrossEntropy.js';
import {
  collectErrors,
  type Errors,
  fromTorch,
  type GoldenTensor,
  relativeError,
  tensorError,
} from './file.js';

interface DerivedGolden {
  genotype: string;
  C: number;
  layers: number;
  auxiliary: boolean;
  auxWeight: number;
  x: GoldenTensor;
  y: number[] | GoldenTensor;
  params: Record<string, GoldenTensor>;
  buffersBefore: Record<string, GoldenTensor>;
  logits: GoldenTensor;
  aux?: GoldenTensor;
  loss: number;
  gradNorm: number;
  grads: Record<string, GoldenTensor>;
  evalLogitsAfter: GoldenTensor;
}

const TOLERANCE = 1e-4;

/** A golden parameter in our layout; PyTorch's depthwise filters are C,1,H,W, ours are H,W,C,1, in the same order of numbers. */
function parameterLike(golden: GoldenTensor, like: tf.Tensor): tf.Tensor {
  return tf.reshape(fromTorch(golden, 'parameter'), like.shape);
}

/** Fills variables with golden tensors of the same names; both sides must have all of them. */
function assignAll(variables: Record<string, tf.Variable>, golden: Record<string, GoldenTensor>): void {
  const lacking = Object.keys(golden).filter((name) => !variables[name]);
  const extra = Object.keys(variables).filter((name) => !golden[name]);
  if (lacking.length + extra.length > 0) {
    throw new Error(
      `the network and the golden file differ in names: ours lacks [${lacking.slice(0, 3)}], has besides [${extra.slice(0, 3)}]`,
    );
  }
  for (const [name, variable] of Object.entries(variables))
    tf.tidy(() => variable.assign(parameterLike(golden[name], variable)));
}

/** One training pass: what it computed, by the names of the golden file, and its batch statistics. */
interface Pass {
  values: Record<string, ArrayLike<number>>;
  statistics: BatchStatistics[];
}

export function replayDartsDerived(json: unknown): Errors {
  const golden = json as DerivedGolden;
  const { errors, add } = collectErrors();
  const [, imageChannels, imageSize] = golden.x.shape;
  const shape = {
    channels: golden.C,
    cells: golden.layers,
    classes: golden.params['classifier.bias'].shape[0],
    imageSize,
    imageChannels,
    stem: golden.params['stem.0.weight'] ? 'cifar' : 'imagenet',
    auxiliary: golden.auxiliary,
  } as const;
  const net = createNetwork(
    parseGenotype(golden.genotype),
    shape,
    createStream(0, 'golden: weights are given'),
  );
  assignAll(net.parameters, golden.params);
  assignAll(net.buffers, golden.buffersBefore);
  const x = fromTorch(golden.x, 'activation') as tf.Tensor4D;
  const y = tf.tensor1d(Array.isArray(golden.y) ? golden.y : golden.y.data, 'int32');

  const pass = (images: tf.Tensor4D): Pass => {
    const statistics: BatchStatistics[] = [];
    let outputs!: { logits: tf.Tensor2D; auxiliary?: tf.Tensor2D };
    const { value, grads } = tf.variableGrads(() => {
      const { logits, auxiliary } = networkForward(net, images, {
        training: true,
        onStatistics: (s: BatchStatistics) => statistics.push(s),
        reluInPlace: true,
      });
      outputs = { logits: tf.keep(logits), ...(auxiliary && { auxiliary: tf.keep(auxiliary) }) };
      const loss = softmaxCrossEntropy(logits, y);
      return auxiliary && golden.aux
        ? tf.add(loss, tf.mul(softmaxCrossEntropy(auxiliary, y), golden.auxWeight))
        : loss;
    }, Object.values(net.parameters));
    const result: Pass = {
      statistics,
      values: {
        logits: outputs.logits.dataSync(),
        ...(outputs.auxiliary && golden.aux && { auxiliary: outputs.auxiliary.dataSync() }),
        loss: value.dataSync(),
        gradNorm: [globalNorm(grads)],
        ...Object.fromEntries(
          Object.keys(golden.grads).map((name) => [
            `grads.${name}`,
            grads[net.parameters[name].name].dataSync(),
          ]),
        ),
      },
    };
    tf.dispose([value, grads, outputs]);
    return result;
  };
  // In a batch of two images the head's last batch norm sees two values a channel, and the gradient through it is what
  // cancellation leaves. How much of a number float32 can know at all shows by rounding the images differently.
  const { values, statistics } = pass(x);
  const shaken = [0, 1, 2, 3].map((i) => {
    const stream = createStream(0, 'golden: rounding', i);
    const rounding = Float32Array.from({ length: x.size }, () => 1 + (stream.uniform() - 0.5) * 2 ** -21);
    const images = tf.tidy(() => tf.mul(x, tf.tensor4d(rounding, x.shape))) as tf.Tensor4D;
    const other = pass(images);
    tf.dispose([images, other.statistics.map(({ mean, variance }) => [mean, variance])]);
    return other.values;
  });
  const wants: Record<string, ArrayLike<number>> = {
    logits: golden.logits.data,
    ...(golden.aux && { auxiliary: golden.aux.data }),
    loss: [golden.loss],
    gradNorm: [golden.gradNorm],
    ...Object.fromEntries(
      Object.entries(golden.grads).map(([name, t]) => [
        `grads.${name}`,
        tf.tidy(() => fromTorch(t, 'parameter').dataSync()),
      ]),
    ),
  };
  for (const [name, want] of Object.entries(wants)) {
    const got = values[name];
    const known = Math.max(
      ...shaken.flatMap((other) => Array.from(got, (v, i) => Math.abs(other[name][i] - v))),
    );
    add(name, relativeError(got, want, new Float64Array(want.length).fill(known)), TOLERANCE);
    add(`${name}, without what float32 can know`, relativeError(got, want), Number.POSITIVE_INFINITY);
  }
  applyStatistics(net, statistics);
  tf.tidy(() => {
    const { logits } = networkForward(net, x, { training: false });
    add('evalLogitsAfter', tensorError(logits, golden.evalLogitsAfter, 'activation'), TOLERANCE);
  });
  tf.dispose([x, y]);
  disposeLayers(net);
  return errors;
}
