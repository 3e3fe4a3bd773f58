// Runs an exported model with ONNX Runtime and compares its logits with the network's own.
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import type { TrainedNetwork } from '../evaluation/networkFile.js';
import { relativeError } from '../golden/file.js';
import { normal } from '../random/normal.js';
import { createStream } from '../random/stream.js';
import { INPUT } from './onnx.js';

export interface ExportCheck {
  /** max |theirs - ours| / max |ours| over the logits of the batch. */
  error: number;
  tolerance: number;
  pass: boolean;
  images: number;
}

export interface ExportCheckOptions {
  /** Number of images of standard normal values. Default 4. */
  images?: number;
  seed?: number;
  /** Default 1e-4: both sides sum float32 numbers in different orders. */
  tolerance?: number;
}

/** ONNX Runtime (WebAssembly, from npm). It is an optional package, so it may be missing. */
async function runtime() {
  try {
    const ort = await import('onnxruntime-web');
    ort.env.wasm.numThreads = 1;
    return ort;
  } catch (error) {
    throw new Error(
      `the exported model cannot be checked without the package onnxruntime-web (${(error as Error).message.split('\n')[0]}): ` +
        'run npm install, or export without the check',
    );
  }
}

/** Compares a model (its file, or its bytes) with the network on a batch of random images. */
export async function checkExport(
  model: string | Uint8Array,
  trained: TrainedNetwork,
  { images = 4, seed = 0, tolerance = 1e-4 }: ExportCheckOptions = {},
): Promise<ExportCheck> {
  const ort = await runtime();
  const { network, data, net } = trained;
  const [side, channels] = [network.imageSize, data.channels];
  const stream = createStream(seed, 'export check');
  const values = Float32Array.from({ length: images * side * side * channels }, () => normal(stream));
  const [ours, nchw] = tf.tidy(() => {
    const x = tf.tensor4d(values, [images, side, side, channels]);
    const { logits } = net.forward(x, { training: false });
    return [logits.dataSync().slice(), tf.transpose(x, [0, 3, 1, 2]).dataSync().slice() as Float32Array];
  });
  const bytes = typeof model === 'string' ? new Uint8Array(readFileSync(model)) : model;
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  try {
    const input = new ort.Tensor('float32', nchw, [images, channels, side, side]);
    const outputs = await session.run({ [INPUT]: input });
    const theirs = outputs[session.outputNames[0]].data as Float32Array;
    const error = relativeError(theirs, ours);
    return { error, tolerance, pass: error <= tolerance, images };
  } finally {
    await session.release();
  }
}
