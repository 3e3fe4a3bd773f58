// The stand-alone DARTS network in terms of layers, which tensors, sizes and exported graphs each carry out.
import type { Genotype } from './genotype.js';
import { factorizedReduce, type LayerMachine, reluConvNorm, runOperation } from './layerMachine.js';
import {
  auxiliaryCell,
  auxiliaryPool,
  isReduction,
  type NetworkShape,
  STEM_MULTIPLIER,
} from './networkShape.js';
import { edgeStride } from './operations.js';

/** Both inputs of a cell with its channels and of its size; one that comes from before a reduction is halved. */
export function preprocess<V>(
  machine: LayerMachine<V>,
  [before, last]: readonly [V, V],
  { name, channels, afterReduction }: { name: string; channels: number; afterReduction: boolean },
): [V, V] {
  const take = afterReduction ? factorizedReduce : reluConvNorm;
  return [
    take(machine, before, `${name}.preprocess0`, channels),
    reluConvNorm(machine, last, `${name}.preprocess1`, channels),
  ];
}

function runCell<V>(
  machine: LayerMachine<V>,
  inputs: [V, V],
  genotype: Genotype,
  options: { name: string; channels: number; reduction: boolean; afterReduction: boolean; poolNorm: boolean },
): V {
  const { name, channels, reduction, poolNorm } = options;
  const states: V[] = preprocess(machine, inputs, options);
  const edges = reduction ? genotype.reduce : genotype.normal;
  for (let node = 0; 2 * node < edges.length; node++) {
    const terms = [2 * node, 2 * node + 1].map((e) => {
      const [operation, source] = edges[e];
      return runOperation(machine, states[source], operation, {
        name: `${name}._ops.${e}`,
        channels,
        stride: edgeStride(source, reduction),
        poolNorm,
      });
    });
    states.push(machine.add(terms));
  }
  const concat = reduction ? genotype.reduceConcat : genotype.normalConcat;
  return machine.concat(concat.map((state) => states[state]));
}

/** The two images that the first cell takes, the last of them `width` channels wide (DARTS-space/model.py:124-128, 169-182). */
export function runStem<V>(
  machine: LayerMachine<V>,
  x: V,
  stem: NetworkShape['stem'],
  width: number,
): [V, V] {
  if (stem === 'cifar') {
    const wide = machine.convolution(x, 'stem.0', { size: [3, 3], channels: width });
    const s = machine.batchNorm(wide, 'stem.1', true);
    return [s, s];
  }
  const halve = (input: V, name: string, channels: number) =>
    machine.convolution(input, name, { size: [3, 3], channels, stride: [2, 2] });
  const a = machine.batchNorm(halve(x, 'stem0.0', width / 2), 'stem0.1', true);
  const b = machine.batchNorm(halve(machine.relu(a), 'stem0.3', width), 'stem0.4', true);
  const c = machine.batchNorm(halve(machine.relu(b), 'stem1.1', width), 'stem1.2', true);
  return [b, c];
}

/** The auxiliary head (DARTS-space/model.py:64-109); ImageNet's has no second batch norm. */
function runAuxiliary<V>(machine: LayerMachine<V>, x: V, { stem, classes }: NetworkShape): V {
  const name = 'auxiliary_head.features';
  const pooled = machine.pool(machine.relu(x), 'avg', { ...auxiliaryPool(machine.side(x)), pad: 0 });
  const narrow = machine.convolution(pooled, `${name}.2`, { size: [1, 1], channels: 128 });
  const a = machine.relu(machine.batchNorm(narrow, `${name}.3`, true));
  const wide = machine.convolution(a, `${name}.5`, { size: [2, 2], channels: 768, pad: 0 });
  const b = machine.relu(stem === 'cifar' ? machine.batchNorm(wide, `${name}.6`, true) : wide);
  return machine.classify(b, 'auxiliary_head.classifier', classes);
}

export interface WalkOptions {
  /** Whether the head's logits are wanted, where there is one. */
  auxiliary: boolean;
  /**
   * The ReLU of the reference's head works in place (DARTS-space/model.py:69), which changes the image that the rest of the
   * network sees. A further cell starts with a ReLU and does not notice; a classifier right behind the head, in networks of
   * up to three cells, is trained on other values than it sees at evaluation. Default false; true replays that.
   */
  reluInPlace?: boolean;
}

/**
 * The network of a genotype on images x. The reference ends with AvgPool2d(7) on ImageNet, which is the mean over all pixels
 * at 224 x 224; here it always is that mean.
 */
export function walkNetwork<V>(
  machine: LayerMachine<V>,
  genotype: Genotype,
  shape: NetworkShape,
  x: V,
  { auxiliary, reluInPlace = false }: WalkOptions,
): { logits: V; auxiliary?: V } {
  let channels = shape.channels;
  const width = shape.stem === 'cifar' ? STEM_MULTIPLIER * channels : channels;
  let [before, last] = runStem(machine, x, shape.stem, width);
  // ImageNet's stem halves the image between its two outputs, as a reduction cell does.
  let afterReduction = shape.stem === 'imagenet';
  const poolNorm = shape.poolNorm ?? true;
  let auxiliaryLogits: V | undefined;
  for (let i = 0; i < shape.cells; i++) {
    const reduction = isReduction(i, shape);
    if (reduction) channels *= 2;
    const inputs: [V, V] = [before, last];
    const options = { name: `cells.${i}`, channels, reduction, afterReduction, poolNorm };
    const output = machine.scope(inputs, ([s0, s1]) => runCell(machine, [s0, s1], genotype, options));
    [before, last] = [last, output];
    afterReduction = reduction;
    if (auxiliary && shape.auxiliary && i === auxiliaryCell(shape)) {
      auxiliaryLogits = machine.scope([output], ([features]) => runAuxiliary(machine, features, shape));
      if (reluInPlace) last = machine.relu(output);
    }
  }
  return { logits: machine.classify(last, 'classifier', shape.classes), auxiliary: auxiliaryLogits };
}
