// Linear learning-rate schedule with a linear warm-up and a slow tail.

export interface LinearScheduleOptions {
  /** Rate at epoch 0 (after a warm-up: what it warms up to). */
  initial: number;
  /** Number of epochs; the rate would reach 0 at this one. */
  epochs: number;
  /** The first so many epochs run at initial*(epoch+1)/warmup. Default 0. */
  warmup?: number;
  /** The last so many epochs descend from initial/(epochs-tail) to 0 instead. Default 0. */
  tail?: number;
}

/**
 * initial * (epochs - tail - epoch)/(epochs - tail), and in the tail
 * initial * (epochs - epoch)/((epochs - tail) * tail): the schedule of the official
 * DARTS-space/train_imagenet.py, with 250 epochs, warmup 5, tail 5.
 */
export function linearLearningRate(epoch: number, options: LinearScheduleOptions): number {
  const { initial, epochs, warmup = 0, tail = 0 } = options;
  const ramp = epochs - tail;
  if (!(ramp > 0)) throw new Error(`a schedule over ${epochs} epochs cannot have a tail of ${tail}`);
  const left = Math.max(epochs - epoch, 0);
  const rate =
    left > tail ? (initial * (left - tail)) / ramp : tail > 0 ? (initial * left) / (ramp * tail) : 0;
  return epoch < warmup ? initial * Math.min(1, (epoch + 1) / warmup) : rate;
}
