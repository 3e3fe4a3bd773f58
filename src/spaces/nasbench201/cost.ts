// Parameters and multiply-adds of a NAS-Bench-201 network, as the benchmark counts them.
import type { Architecture } from './architecture.js';

export interface NetworkShape {
  /** Channels of the first stage; doubled in the second and third. */
  channels: number;
  /** Cells a stage (N). */
  cellsPerStage: number;
  classes: number;
  /** Height and width of the images in pixels. */
  imageSize: number;
  /** Colour channels of the images. */
  imageChannels: number;
}

/** The benchmark's own network: C = 16, N = 5 on 32x32 colour images with 10 classes. */
export const OFFICIAL_SHAPE: NetworkShape = {
  channels: 16,
  cellsPerStage: 5,
  classes: 10,
  imageSize: 32,
  imageChannels: 3,
};

/**
 * Trainable parameters, and multiply-adds of one image's forward pass (convolutions and the linear layer
 * with its bias; pooling, batch norm and additions count nothing, as in the official numbers).
 */
export function networkCost(
  architecture: Architecture,
  shape: NetworkShape = OFFICIAL_SHAPE,
): { parameters: number; macs: number } {
  let parameters = 0;
  let macs = 0;
  const convolution = (size: number, input: number, output: number, outputPixels: number, norm: boolean) => {
    parameters += size * size * input * output + (norm ? 2 * output : 0);
    macs += size * size * input * output * outputPixels;
  };
  let side = shape.imageSize;
  let width = shape.channels;
  convolution(3, shape.imageChannels, width, side * side, true);
  for (let stage = 0; stage < 3; stage++) {
    if (stage > 0) {
      side = Math.ceil(side / 2);
      convolution(3, width, 2 * width, side * side, true);
      convolution(3, 2 * width, 2 * width, side * side, true);
      convolution(1, width, 2 * width, side * side, false);
      width *= 2;
    }
    for (let cell = 0; cell < shape.cellsPerStage; cell++) {
      for (const operation of architecture) {
        if (operation === 'nor_conv_1x1') convolution(1, width, width, side * side, true);
        if (operation === 'nor_conv_3x3') convolution(3, width, width, side * side, true);
      }
    }
  }
  parameters += 2 * width + (width + 1) * shape.classes;
  macs += (width + 1) * shape.classes;
  return { parameters, macs };
}
