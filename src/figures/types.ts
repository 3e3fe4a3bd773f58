// What the figures are made from: plain data, as the run folder's metrics hold it, and the Plotly figure that comes out.
import type { Data, Layout } from 'plotly.js-dist';

/** A figure as Plotly takes it; also what `toSvg`, `toPng`, `saveFigure` and `showFigure` take. */
export interface Figure {
  data: Data[];
  layout: Partial<Layout>;
}

export interface LossRecord {
  /** Epochs done: 1 after the first. */
  epoch: number;
  /** Cross-entropy in nats on the half that trains the weights. */
  trainLoss: number;
  /** Per cent. */
  trainAccuracy: number;
  /** Cross-entropy in nats on the half that trains the architecture. */
  validLoss: number;
  validAccuracy: number;
  /** Per cent, of the supernet with fresh samples on the validation half, if it was measured. */
  supernetAccuracy?: number;
}

/** A [6][5] matrix each: rows are the edges 1<-0 … 3<-2, columns the operations, in the space's order. */
export interface ArchitectureRecord {
  epoch: number;
  /** Dirichlet mean of each edge. */
  mixing: readonly (readonly number[])[];
  /** Dirichlet concentration of each edge. */
  concentration: readonly (readonly number[])[];
}

export interface EntropyRecord {
  epoch: number;
  /** Differential entropy of the Dirichlets, in nats: one number an edge, or their sum. */
  entropy: number | readonly number[];
}

/** Test accuracy in per cent of architectures drawn from the current Dirichlet. */
export interface Spread {
  min: number;
  max: number;
  median?: number;
  lowerQuartile?: number;
  upperQuartile?: number;
}

export type BenchmarkDataset = 'cifar10' | 'cifar100' | 'imagenet16';

export interface BandRecord {
  epoch: number;
  /** Of the architectures sampled at this epoch. */
  band?: Partial<Record<BenchmarkDataset, Spread>>;
  /** Of the architecture of the Dirichlet mean. */
  lookup?: Partial<Record<BenchmarkDataset, number>>;
}

/** One searched or drawn architecture in a comparison. */
export interface SeedRow {
  /** Shown beneath its column: `DrNAS`, `DARTS`, … */
  method: string;
  seed?: number;
  /** Test accuracy in per cent. */
  accuracy: number;
}

/** A level to compare with that has no seeds, drawn as a line: `all 3x3 convolutions`, … */
export interface ReferenceLevel {
  name: string;
  accuracy: number;
}
