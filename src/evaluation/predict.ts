// What a trained network says about images: probabilities of the classes.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { makeBatch } from '../data/batch.js';
import type { Dataset } from '../data/types.js';
import type { TrainedNetwork } from './networkFile.js';
import { centreSquare, resizeRectangle } from './resizedCrop.js';
import { networkPath } from './run.js';
import { EVALUATION_BATCH } from './step.js';

export interface Prediction {
  /** File name, or index in the test set. */
  image: string;
  /** The right class, where it is known. */
  label?: string;
  /** All classes, the likeliest first. */
  classes: { name: string; probability: number }[];
}

/** The network's file for a path that is that file or a run folder. */
export function trainedNetworkAt(path: string): string {
  if (!existsSync(path)) throw new Error(`${path} does not exist`);
  if (!statSync(path).isDirectory()) return path;
  const file = networkPath(path);
  if (!existsSync(file)) throw new Error(`${path} holds no network.safetensors: is its training finished?`);
  return file;
}

/** Probabilities [images][classes] of normalised images x [B, side, side, channels], row-major. */
export function probabilities({ net, network, data }: TrainedNetwork, x: Float32Array): number[][] {
  const side = network.imageSize;
  const count = x.length / (side * side * data.channels);
  return tf.tidy(() => {
    const images = tf.tensor4d(x, [count, side, side, data.channels]);
    return tf.softmax(net.forward(images, { training: false }).logits).arraySync() as number[][];
  });
}

function ranked(trained: TrainedNetwork, image: string, row: number[], label?: string): Prediction {
  const classes = row
    .map((probability, c) => ({ name: trained.data.classes[c], probability }))
    .sort((a, b) => b.probability - a.probability);
  return { image, ...(label === undefined ? {} : { label }), classes };
}

/** Predictions for test images of a data set with the network's image size and classes. */
export function predictTestImages(
  trained: TrainedNetwork,
  dataset: Dataset,
  indices: number[],
): Prediction[] {
  const { network, data } = trained;
  if (dataset.height !== network.imageSize || dataset.channels !== data.channels) {
    throw new Error(
      `${dataset.title} has ${dataset.height}-pixel images of ${dataset.channels} channel(s), the network takes ${network.imageSize} pixels and ${data.channels}`,
    );
  }
  if (dataset.classes.join() !== data.classes.join())
    throw new Error(
      `the network was trained on ${data.title}, whose classes are not those of ${dataset.title}`,
    );
  if (dataset.pictures)
    throw new Error(
      `the test images of ${dataset.title} are files: give them, or a folder of them, by --images`,
    );
  const predictions: Prediction[] = [];
  for (let start = 0; start < indices.length; start += EVALUATION_BATCH) {
    const some = indices.slice(start, start + EVALUATION_BATCH);
    const { x, y } = makeBatch(dataset, dataset.test, some);
    probabilities(trained, x).forEach((row, i) => {
      predictions.push(ranked(trained, String(some[i]), row, dataset.classes[y[i]]));
    });
  }
  return predictions;
}

/** PNG and JPEG files of a folder, or one such file; sorted by name. */
export function imageFiles(path: string): string[] {
  if (!existsSync(path))
    throw new Error(`${path} does not exist: give an image, or a folder of PNG or JPEG files`);
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => /\.(png|jpe?g)$/i.test(name));
  if (names.length === 0) throw new Error(`${path} holds no PNG or JPEG files`);
  return names.sort().map((name) => join(path, name));
}

/** Predictions for image files: the centred square, scaled to the network's size; test images are whole, too. */
export async function predictFiles(trained: TrainedNetwork, files: string[]): Promise<Prediction[]> {
  const { network, data } = trained;
  const side = network.imageSize;
  const { default: sharp } = await import('sharp');
  const predictions: Prediction[] = [];
  for (const file of files) {
    let image = sharp(file).removeAlpha();
    image = data.channels === 1 ? image.toColourspace('b-w') : image.toColourspace('srgb');
    const { data: bytes, info } = await image
      .raw()
      .toBuffer({ resolveWithObject: true })
      .catch((error: Error) => {
        throw new Error(`${file} cannot be read as an image: ${error.message}`);
      });
    const shape = { height: info.height, width: info.width, channels: info.channels };
    if (shape.channels !== data.channels)
      throw new Error(`${file} has ${shape.channels} channels, the network takes ${data.channels}`);
    const x = resizeRectangle(bytes, shape, centreSquare(shape), side);
    for (let i = 0; i < x.length; i++) {
      const c = i % data.channels;
      x[i] = (x[i] - data.mean[c]) / data.std[c];
    }
    predictions.push(ranked(trained, file, probabilities(trained, x)[0]));
  }
  return predictions;
}
