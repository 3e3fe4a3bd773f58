// A part of a batch of tensors.
import * as tf from '@tensorflow/tfjs';
import type { TensorBatch } from './step.js';

/** The images from `begin` up to `end` with their labels, as new tensors. */
export function partOf({ x, y }: TensorBatch, begin: number, end: number): TensorBatch {
  const [, height, width, channels] = x.shape;
  return {
    x: tf.slice(x, [begin, 0, 0, 0], [end - begin, height, width, channels]),
    y: tf.slice(y, begin, end - begin),
  };
}
