// One face for the networks of both spaces: what training, inference and export need to know of an architecture.
import type * as tf from '@tensorflow/tfjs';
import { integer } from '../random/integer.js';
import type { Stream } from '../random/stream.js';
import { networkCost as dartsCost } from '../spaces/darts/cost.js';
import { formatGenotype, parseGenotype, publishedGenotype } from '../spaces/darts/genotype.js';
import {
  createNetwork as createDarts,
  networkForward as dartsForward,
  type NetworkForwardOptions,
  type NetworkOutput,
} from '../spaces/darts/network.js';
import { randomGenotype } from '../spaces/darts/random.js';
import type { Layers } from '../spaces/layers.js';
import { formatArchitecture, parseArchitecture } from '../spaces/nasbench201/architecture.js';
import { networkCost as nb201Cost } from '../spaces/nasbench201/cost.js';
import {
  createNetwork as createNb201,
  networkForward as nb201Forward,
} from '../spaces/nasbench201/network.js';
import { ARCHITECTURE_COUNT, architectureAt } from '../spaces/nasbench201/officialOrder.js';
import type { SpaceName } from '../spaces/space.js';
import type { EvaluationConfig } from './config.js';

export interface FoundArchitecture {
  space: SpaceName;
  /** The space's official text; equal texts train alike. */
  text: string;
  /** For tables: a published name, an index, or what the caller calls it. */
  name: string;
}

/** What of a configuration shapes the network. */
export type NetworkSettings = Pick<
  EvaluationConfig,
  'channels' | 'cells' | 'stem' | 'auxiliary' | 'imageSize'
>;

export interface DataShape {
  classes: number;
  imageChannels: number;
}

export interface EvaluationNetwork extends Layers {
  /** Logits of images x [B, H, W, imageChannels], and the auxiliary head's in training. */
  forward(x: tf.Tensor4D, options: NetworkForwardOptions): NetworkOutput;
}

/** A genotype of the DARTS space: text, JSON or a published name; `random` draws one with the stream. */
export function dartsArchitecture(text: string, { stream, name }: { stream?: Stream; name?: string } = {}) {
  if (text.trim() === 'random') {
    if (!stream) throw new Error('a random genotype needs a stream to draw it from');
    return { space: 'darts', text: formatGenotype(randomGenotype(stream)), name: name ?? 'random' } as const;
  }
  const called = name ?? (publishedGenotype(text.trim()) ? text.trim() : 'genotype');
  return { space: 'darts', text: formatGenotype(parseGenotype(text)), name: called } as const;
}

/** A NAS-Bench-201 architecture: its text or official index; `random` draws one with the stream. */
export function nb201Architecture(text: string, { stream, name }: { stream?: Stream; name?: string } = {}) {
  const trimmed = text.trim();
  if (trimmed === 'random' && !stream)
    throw new Error('a random architecture needs a stream to draw it from');
  const architecture =
    trimmed === 'random'
      ? architectureAt(integer(stream!, ARCHITECTURE_COUNT))
      : /^\d+$/.test(trimmed)
        ? architectureAt(Number(trimmed))
        : parseArchitecture(trimmed);
  const called = name ?? (/^\d+$/.test(trimmed) || trimmed === 'random' ? trimmed : 'architecture');
  return { space: 'nasbench201', text: formatArchitecture(architecture), name: called } as const;
}

const nb201Shape = (settings: NetworkSettings, data: DataShape) => {
  const { channels, cells: cellsPerStage, imageSize } = settings;
  return { channels, cellsPerStage, imageSize, ...data };
};
const dartsShape = (settings: NetworkSettings, data: DataShape) => {
  const { channels, cells, stem, auxiliary, imageSize } = settings;
  return { channels, cells, stem, auxiliary, imageSize, ...data };
};

/** A network with PyTorch's default initialisation. Throws, before anything is made, where the shape does not fit. */
export function createEvaluationNetwork(
  { space, text }: FoundArchitecture,
  settings: NetworkSettings,
  data: DataShape,
  stream: Stream,
): EvaluationNetwork {
  if (space === 'nasbench201') {
    const net = createNb201(parseArchitecture(text), nb201Shape(settings, data), stream);
    const { parameters, buffers } = net;
    return { parameters, buffers, forward: (x, options) => ({ logits: nb201Forward(net, x, options) }) };
  }
  const net = createDarts(parseGenotype(text), dartsShape(settings, data), stream);
  const { parameters, buffers } = net;
  return { parameters, buffers, forward: (x, options) => dartsForward(net, x, options) };
}

/** Trainable weights (the auxiliary head not counted) and multiply-adds of one image's forward pass. */
export function architectureCost(
  { space, text }: FoundArchitecture,
  settings: NetworkSettings,
  data: DataShape,
): { parameters: number; multiplyAdds: number } {
  if (space === 'darts') return dartsCost(parseGenotype(text), dartsShape(settings, data));
  const { parameters, macs } = nb201Cost(parseArchitecture(text), nb201Shape(settings, data));
  return { parameters, multiplyAdds: macs };
}
