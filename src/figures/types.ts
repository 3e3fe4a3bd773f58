// What the figures are made from: plain data, as a run folder's metrics hold it, and the Plotly figure that comes out.
import type { Data, Layout } from 'plotly.js-dist';

/** A figure as Plotly takes it; also what `toSvg`, `toPng`, `saveFigure` and `showFigure` take. */
export interface Figure {
  data: Data[];
  layout: Partial<Layout>;
}

/** What every figure can be told. */
export interface FigureOptions {
  /** In place of the figure's own title. */
  title?: string;
  /** Under the title: data set, scale, seed; a result should always carry them. */
  subtitle?: string;
}

/** A [6][5] matrix: rows are the edges 1<-0 … 3<-2, columns the operations in the space's order. */
export type EdgeMatrix = readonly (readonly number[])[];

export interface LossRecord {
  /** Epochs done: 1 after the first. */
  epoch: number;
  /** Cross-entropy in nats and accuracy in [0, 1] on the half that trains the weights. */
  trainLoss: number;
  trainAccuracy: number;
  /** The same on the half that trains the architecture; null while the architecture is frozen. */
  validLoss: number | null;
  validAccuracy: number | null;
  /** In [0, 1], of the supernet at the expected theta on images without augmentation, if it was measured. */
  supernetAccuracy?: number | null;
}

export interface MixingRecord {
  epoch: number;
  /** Expected mixing weights: the Dirichlet mean. */
  mixing: EdgeMatrix;
}

export interface ConcentrationRecord {
  epoch: number;
  /** The Dirichlets' parameters. */
  concentration: EdgeMatrix;
}

export interface EntropyRecord {
  epoch: number;
  /** Entropy of the expected mixing weights in nats: the mean over the edges, or one number an edge. */
  entropy: number | readonly number[];
}

/** Test accuracies in per cent of the architectures drawn from one epoch's Dirichlet. */
export interface Spread {
  min: number;
  max: number;
  median?: number;
  q25?: number;
  q75?: number;
}

export type BenchmarkDataset = 'cifar10' | 'cifar100' | 'imagenet16';

export interface BandRecord {
  epoch: number;
  /** Of the sampled architectures; a missing data set has no panel. */
  band?: Partial<Record<BenchmarkDataset, Spread>>;
  /** Per cent, of the architecture of the Dirichlet mean. */
  lookup?: Partial<Record<BenchmarkDataset, number>>;
}

/** One architecture in a comparison of methods. */
export interface MethodSeed {
  /** Names the row: `DrNAS`, `DARTS`, … */
  method: string;
  seed?: number;
  /** Test accuracy in per cent. */
  accuracy: number;
}

/** A level without seeds, drawn as a line: `all 3x3 convolutions`, `best of 10 random`, … */
export interface ReferenceLevel {
  name: string;
  accuracy: number;
}
