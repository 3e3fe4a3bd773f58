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

  const statistics: BatchStatistics[] = [];
  const { value, grads } = tf.variableGrads(() => {
    const { logits, auxiliary } = networkForward(net, x, {
      training: true,
      onStatistics: (s: BatchStatistics) => statistics.push(s),
      reluInPlace: true,
    });
    add('logits', tensorError(logits, golden.logits, 'activation'), TOLERANCE);
    const loss = softmaxCrossEntropy(logits, y);
    if (!auxiliary || !golden.aux) return loss;
    add('auxiliary', tensorError(auxiliary, golden.aux, 'activation'), TOLERANCE);
    return tf.add(loss, tf.mul(softmaxCrossEntropy(auxiliary, y), golden.auxWeight));
  }, Object.values(net.parameters));
  add('loss', relativeError(value.dataSync(), [golden.loss]), TOLERANCE);
  add('gradNorm', relativeError([globalNorm(grads)], [golden.gradNorm]), TOLERANCE);
  for (const [name, want] of Object.entries(golden.grads))
    add(`grads.${name}`, tensorError(grads[net.parameters[name].name], want, 'parameter'), TOLERANCE);
  applyStatistics(net, statistics);
  tf.tidy(() => {
    const { logits } = networkForward(net, x, { training: false });
    add('evalLogitsAfter', tensorError(logits, golden.evalLogitsAfter, 'activation'), TOLERANCE);
  });
  tf.dispose([value, grads, x, y]);
  disposeLayers(net);
  return errors;
}
