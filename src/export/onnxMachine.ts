// Carries out a network as the nodes of an ONNX graph, in evaluation mode, images N,C,H,W.
import * as tf from '@tensorflow/tfjs';
import type { Convolution, LayerMachine } from '../spaces/darts/layerMachine.js';
import { padding, type Size, sizeMachine } from '../spaces/darts/networkSizes.js';
import { EPSILON, type Layers } from '../spaces/layers.js';
import type { Attribute, Initializer, OnnxNode } from './onnxProto.js';

/** A value of the graph and the image it stands for. */
export interface GraphValue {
  name: string;
  size: Size;
}

export interface Graph {
  nodes: OnnxNode[];
  initializers: Initializer[];
}

export interface OnnxMachineOptions {
  /** Batch norms right behind a convolution become part of its weights. Default false. */
  foldBatchNorm?: boolean;
}

/** Larger than any image: the end of a slice that goes to the end. */
const END = 2 ** 31 - 1;

/** Our filter [rows, columns, inputs, outputs] as ONNX' [outputs, inputs per group, rows, columns]. */
function onnxFilter(w: tf.Tensor, depthwise: boolean): { dims: number[]; values: Float32Array } {
  return tf.tidy(() => {
    const turned = tf.transpose(w, depthwise ? [2, 3, 0, 1] : [3, 2, 0, 1]);
    return { dims: turned.shape, values: turned.dataSync().slice() as Float32Array };
  });
}

/** Adds the nodes of a network with these weights to `graph`. */
export function onnxMachine(
  layers: Layers,
  graph: Graph,
  { foldBatchNorm = false }: OnnxMachineOptions = {},
): LayerMachine<GraphValue> {
  const sizes = sizeMachine({ convolution() {}, batchNorm() {}, linear() {} });
  const valuesOf = (name: string): Float32Array => {
    const variable = layers.parameters[name] ?? layers.buffers[name];
    return variable.dataSync().slice() as Float32Array;
  };
  const constant = (name: string, values: Float32Array | number[], dims = [values.length]) => {
    if (!graph.initializers.some((known) => known.name === name))
      graph.initializers.push({ name, dims, values });
    return name;
  };
  const add = (type: string, inputs: string[], size: Size, attributes?: Record<string, Attribute>) => {
    const name = `${type}_${graph.nodes.length}`;
    graph.nodes.push({ type, inputs, output: name, attributes });
    return { name, size };
  };
  /** Scale and offset per channel that a batch norm with running statistics amounts to. */
  const line = (name: string, channels: number) => {
    const [mean, variance] = [valuesOf(`${name}.running_mean`), valuesOf(`${name}.running_var`)];
    const affine = layers.parameters[`${name}.weight`] !== undefined;
    const gamma = affine ? valuesOf(`${name}.weight`) : new Float32Array(channels).fill(1);
    const beta = affine ? valuesOf(`${name}.bias`) : new Float32Array(channels);
    return { mean, variance, gamma, beta };
  };
  const fold = (conv: OnnxNode, name: string, channels: number) => {
    const { mean, variance, gamma, beta } = line(name, channels);
    const filter = graph.initializers.find((known) => known.name === conv.inputs[1])!;
    const values = filter.values as Float32Array;
    const scale = gamma.map((g, c) => g / Math.sqrt(variance[c] + EPSILON));
    filter.values = values.map((v, i) => v * scale[Math.floor(i / (values.length / channels))]);
    const bias = beta.map((b, c) => b - mean[c] * scale[c]);
    conv.inputs.push(constant(`${conv.inputs[1].replace(/weight$/, 'bias')}`, bias));
  };
  const slice = (x: GraphValue, size: Size, start: number, step: number) => {
    const inputs = [x.name];
    for (const [what, value] of Object.entries({ start, end: END, axes: 2, step }))
      inputs.push(constant(`slice.${what}.${value}`, what === 'axes' ? [2, 3] : [value, value]));
    return add('Slice', inputs, size);
  };

  return {
    relu: (x) => add('Relu', [x.name], x.size),
    convolution(x, name, options: Convolution) {
      const { size, stride = [1, 1], dilation = 1, depthwise = false } = options;
      const filter = onnxFilter(layers.parameters[`${name}.weight`], depthwise);
      const [top, left] = [padding(options, 0), padding(options, 1)];
      const weight = constant(`${name}.weight`, filter.values, filter.dims);
      return add('Conv', [x.name, weight], sizes.convolution(x.size, name, options), {
        kernel_shape: size,
        strides: stride,
        dilations: [dilation, dilation],
        pads: [top, left, top, left],
        group: depthwise ? x.size.channels : 1,
      });
    },
    batchNorm(x, name) {
      const before = graph.nodes[graph.nodes.length - 1];
      if (foldBatchNorm && before.output === x.name && before.type === 'Conv') {
        fold(before, name, x.size.channels);
        return x;
      }
      const { mean, variance, gamma, beta } = line(name, x.size.channels);
      const inputs = [
        x.name,
        constant(`${name}.weight`, gamma),
        constant(`${name}.bias`, beta),
        constant(`${name}.running_mean`, mean),
        constant(`${name}.running_var`, variance),
      ];
      return add('BatchNormalization', inputs, x.size, { epsilon: { float: EPSILON } });
    },
    pool(x, type, { size, stride, pad }) {
      const attributes = {
        kernel_shape: [size, size],
        strides: [stride, stride],
        pads: [pad, pad, pad, pad],
      };
      const output = sizes.pool(x.size, type, { size, stride, pad });
      return type === 'max'
        ? add('MaxPool', [x.name], output, attributes)
        : add('AveragePool', [x.name], output, { ...attributes, count_include_pad: 0 });
    },
    shifted: (x) => slice(x, sizes.shifted(x.size), 1, 1),
    concat: (values) =>
      add(
        'Concat',
        values.map(({ name }) => name),
        sizes.concat(values.map(({ size }) => size)),
        { axis: 1 },
      ),
    add: (values) => values.reduce((sum, value) => add('Add', [sum.name, value.name], sum.size)),
    zero(x, stride) {
      const strided = slice(x, sizes.zero(x.size, stride), 0, stride);
      return add('Mul', [strided.name, constant('zero', new Float32Array(1))], strided.size);
    },
    dropPath: (x) => x,
    classify(x, name, classes) {
      const pooled = add('GlobalAveragePool', [x.name], { ...x.size, rows: 1, columns: 1 });
      const flat = add('Flatten', [pooled.name], pooled.size, { axis: 1 });
      const weight = constant(`${name}.weight`, valuesOf(`${name}.weight`), [x.size.channels, classes]);
      const bias = constant(`${name}.bias`, valuesOf(`${name}.bias`));
      return add('Gemm', [flat.name, weight, bias], { rows: 1, columns: 1, channels: classes });
    },
    side: (x) => x.size.rows,
    scope: (inputs, part) => part(inputs),
  };
}
