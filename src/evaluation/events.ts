// What a training reports: one event a step and one an epoch, the same for notebooks, CLI and tests.

export interface TrainingStepEvent {
  event: 'step';
  /** Steps completed, and the epoch they belong to, from 1. */
  step: number;
  epoch: number;
  /** What is minimised: the cross entropy (smoothed where asked) plus the weighted auxiliary one. */
  loss: number;
  accuracy: number;
  /** Global norm of the gradients before clipping. */
  gradientNorm: number;
  secondsLeft: number;
}

export interface Scores {
  /** Mean cross entropy, without smoothing. */
  loss: number;
  /** Fractions of the images whose class is the likeliest, or among the five likeliest. */
  accuracy: number;
  top5: number;
}

export interface TrainingEpochEvent {
  event: 'epoch';
  /** Epochs and steps completed. */
  epoch: number;
  step: number;
  /** Seconds of this epoch, the evaluation included. */
  seconds: number;
  /** Means over the images that the epoch trained on, as they were augmented. */
  trainLoss: number;
  trainAccuracy: number;
  trainTop5: number;
  /** On the test set; the reference calls it `valid` (DARTS-space/train.py:121-124). */
  test: Scores;
  /** The best test accuracy so far, and its epoch: chosen on the test set, so no estimate of anything. */
  bestTest: { accuracy: number; epoch: number };
  learningRate: number;
  dropPath: number;
  imagesPerSecond: number;
  secondsLeft: number;
}

export type TrainingEvent = TrainingStepEvent | TrainingEpochEvent;
