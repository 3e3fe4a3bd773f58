// What a running search reports: one event a step and one an epoch, the same for notebooks, CLI and tests.

export interface StepEvent {
  event: 'step';
  /** Steps completed, from 1; the epoch they belong to, from 1. */
  step: number;
  epoch: number;
  /** Cross entropy and accuracy of the training batch (weight update) and the validation batch (alpha update). */
  trainLoss: number;
  trainAccuracy: number;
  /** null while alpha is frozen. */
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
  /** Seconds of this epoch, evaluation included. */
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
  /** Expected mixing weights. */
  mixing: number[][];
  /** Mean over edges of the entropy of the expected mixing weights, nats; ln 5 = 1.609 at the start. */
  entropy: number;
  genotype: string;
  learningRate: number;
  imagesPerSecond: number;
  secondsLeft: number;
  lookup?: LookUp;
  band?: Record<'cifar10' | 'cifar100' | 'imagenet16', Band>;
}

export type SearchEvent = StepEvent | EpochEvent;

/** The run broke down numerically; its last good checkpoint is kept. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';
}
