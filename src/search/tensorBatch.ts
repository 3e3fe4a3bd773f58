// A batch of images with their labels as tensors, and a part of one.
import * as tf from '@tensorflow/tfjs';

/** Images x [B, H, W, channels] and labels y int32 [B]. */
export interface TensorBatch {
  x: tf.Tensor4D;
  y: tf.Tensor1D;
}

/** The images from `begin` up to `end` with their labels, as new tensors. */
export function partOf({ x, y }: TensorBatch, begin: number, end: number): TensorBatch {
  const [, height, width, channels] = x.shape;
  return {
    x: tf.slice(x, [begin, 0, 0, 0], [end - begin, height, width, channels]),
    y: tf.slice(y, begin, end - begin),
  };
}
