// A trained network as an ONNX file: evaluation mode, any number of images, normalised as in training.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../atomic.js';
import type { TrainedNetwork } from '../evaluation/networkFile.js';
import { projectRoot } from '../root.js';
import { parseGenotype } from '../spaces/darts/genotype.js';
import { walkNetwork } from '../spaces/darts/networkWalk.js';
import { parseArchitecture } from '../spaces/nasbench201/architecture.js';
import { walkNasBench201 } from './nasbench201Walk.js';
import { type Graph, type GraphValue, type OnnxMachineOptions, onnxMachine } from './onnxMachine.js';
import { encodeOnnx } from './onnxProto.js';

/** Names of the graph's input [batch, channels, side, side] and output [batch, classes]. */
export const INPUT = 'images';

/** Nodes and constants of a trained network, and the value that holds its logits. */
function graphOf(trained: TrainedNetwork, options: OnnxMachineOptions): { graph: Graph; logits: GraphValue } {
  const { architecture, network, data, net } = trained;
  const graph: Graph = { nodes: [], initializers: [] };
  const machine = onnxMachine(net, graph, options);
  const side = network.imageSize;
  const x = { name: INPUT, size: { rows: side, columns: side, channels: data.channels } };
  const shape = { ...network, classes: data.classes.length, imageChannels: data.channels };
  if (architecture.space === 'darts') {
    const genotype = parseGenotype(architecture.text);
    return { graph, logits: walkNetwork(machine, genotype, shape, x, { auxiliary: false }).logits };
  }
  const cells = { ...shape, cellsPerStage: network.cells };
  return { graph, logits: walkNasBench201(machine, parseArchitecture(architecture.text), cells, x) };
}

/**
 * The bytes of an ONNX model (opset 13) with the input `images` [batch, channels, side, side], float32, normalised as
 * (value / 255 - mean) / std, and the logits [batch, classes] as output. Mean, std, classes, architecture and the kit's
 * version are in its metadata. The auxiliary head and drop-path belong to training and are not in it.
 */
export function toOnnx(trained: TrainedNetwork, options: OnnxMachineOptions = {}): Uint8Array {
  const { architecture, network, data } = trained;
  const { graph, logits } = graphOf(trained, options);
  const { version } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8'));
  const side = network.imageSize;
  return encodeOnnx({
    name: architecture.name,
    producer: { name: 'drnas', version },
    ...graph,
    input: { name: INPUT, dims: ['batch', data.channels, side, side] },
    output: { name: logits.name, dims: ['batch', data.classes.length] },
    metadata: {
      space: architecture.space,
      architecture: architecture.text,
      data: data.title,
      classes: JSON.stringify(data.classes),
      mean: JSON.stringify(data.mean),
      std: JSON.stringify(data.std),
      input: `${INPUT}: N,C,H,W, (value / 255 - mean) / std`,
    },
  });
}

/** Writes the model atomically and gives its size in bytes. */
export function saveOnnx(path: string, trained: TrainedNetwork, options: OnnxMachineOptions = {}): number {
  const bytes = toOnnx(trained, options);
  writeAtomically(path, bytes);
  return bytes.length;
}
