// What a running search reports: one event a step, an epoch and a stage boundary, the same for notebooks, CLI and tests.
import type { EpochDiagnostics } from '../diagnostics/epoch.js';
import type { WideningRule } from './choices.js';

export interface StepEvent {
  event: 'step';
  /** Steps completed, from 1; the epoch they belong to, from 1. */
  step: number;
  epoch: number;
  /** Cross entropy and accuracy of the training batch (weight update) and the validation batch (alpha update). */
  trainLoss: number;
  trainAccuracy: number;
  /** null while alpha is frozen, and for samplers with which it does not learn. */
  validLoss: number | null;
  validAccuracy: number | null;
  /** Global norm of the weight gradients before clipping. */
  gradientNorm: number;
  secondsLeft: number;
}

/** Smallest, quartiles and largest of the sampled architectures' test accuracies, %. */
export interface Band {
  min: number;
  q25: number;
  median: number;
  q75: number;
  max: number;
}

export interface LookUp {
  index: number;
  cifar10: number;
  cifar100: number;
  imagenet16: number;
  /** Rank among 15,625 by test accuracy, 1 the best; regret in percentage points. */
  rank: { cifar10: number; cifar100: number; imagenet16: number };
  regret: { cifar10: number; cifar100: number; imagenet16: number };
}

export interface EpochEvent {
  event: 'epoch';
  /** Epochs and steps completed. */
  epoch: number;
  step: number;
  /** Seconds of this epoch, evaluation included, diagnostics not. */
  seconds: number;
  /** Means over the epoch's steps. */
  trainLoss: number;
  trainAccuracy: number;
  validLoss: number | null;
  validAccuracy: number | null;
  /** Accuracy under the expected theta with running statistics, on unaugmented images of the alpha half. */
  supernetAccuracy: number | null;
  alpha: number[][];
  /** elu(alpha) + 1: the Dirichlet's parameters (of no meaning for softmax). */
  concentration: number[][];
  /** Expected mixing weights; rows sum to 1. */
  mixing: number[][];
  /** With edge normalisation, each edge's share among those into its node: mixing times these is what the cells mix by. */
  edges?: number[];
  /** Of the Gumbel samplers in this epoch. */
  temperature?: number;
  /** Mean over rows of the entropy of the expected mixing weights, nats; ln 5 = 1.609 at the start on NAS-Bench-201. */
  entropy: number;
  /** The architecture as its space's official text. */
  genotype: string;
  /** DARTS space: the two cells of the genotype, as (operation, input) pairs, two for each node. */
  cells?: Record<'normal' | 'reduce', [string, number][]>;
  /** Stage, from 1, where a search has several. */
  stage?: number;
  learningRate: number;
  imagesPerSecond: number;
  secondsLeft: number;
  lookup?: LookUp;
  band?: Record<'cifar10' | 'cifar100' | 'imagenet16', Band>;
  /** What the configuration asks to measure after this epoch; its seconds are its own. */
  diagnostics?: EpochDiagnostics;
}

/** Cross entropy and accuracy (a fraction) in evaluation. */
export interface Quality {
  loss: number;
  accuracy: number;
}

export interface StageEvent {
  event: 'stage';
  /** The stage that begins, from 2. */
  stage: number;
  /** Epochs and steps before it. */
  epoch: number;
  step: number;
  k: number;
  operations: number;
  rule: WideningRule;
  /** Operations that are left, one row for each of alpha. */
  mask: number[][];
  /** Numbers in the supernet's weights. */
  parameters: { before: number; after: number };
  /**
   * The supernet in evaluation mode under the expected theta, on the same images each time: as the stage before left it,
   * with the pruned operations gone, and widened. Null where no images are evaluated.
   */
  jump: Record<'before' | 'pruned' | 'widened', Quality | null>;
  seconds: number;
}

export type SearchEvent = StepEvent | EpochEvent | StageEvent;

/** The run broke down numerically; its last good checkpoint is kept. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
}
