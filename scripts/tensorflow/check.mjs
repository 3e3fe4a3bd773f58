// Tries a library in a process of its own: it must load, and compute a product and a convolution right.
import { join } from 'node:path';
import { command, TensorflowSetupError } from './command.mjs';

const PROGRAM = `
const util = require('node:util');
util.isArray ??= Array.isArray;
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
const tf = require('@tensorflow/tfjs');
require(process.argv[1]);
tf.setBackend('tensorflow');
const product = [...tf.matMul([[1, 2], [3, 4]], [[5, 6], [7, 8]]).dataSync()];
const image = tf.reshape(tf.range(0, 16), [1, 4, 4, 1]);
const sum = [...tf.conv2d(image, tf.ones([3, 3, 1, 1]), 1, 'valid').dataSync()];
const { binding, isUsingGpuDevice } = tf.backend();
console.log(JSON.stringify({ product, sum, version: binding.TF_Version, gpu: isUsingGpuDevice }));
`;

/** @returns TensorFlow's version, and whether it found a GPU. */
export async function checkLibrary(root, folder) {
  console.log('Trying it …');
  const output = await command(process.execPath, ['-e', PROGRAM, join(folder, 'dist', 'index.js')], {
    advice: 'The library was built but does not work here.',
    cwd: root,
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: process.env.TF_CPP_MIN_LOG_LEVEL ?? '1' },
  });
  const line = output
    .split('\n')
    .reverse()
    .find((text) => text.startsWith('{'));
  const { product, sum, version, gpu } = line ? JSON.parse(line) : {};
  // Sums of 3x3 windows of 0..15 in rows of four: nine times their middles 5, 6, 9 and 10.
  if (product?.join() !== '19,22,43,50' || sum?.join() !== '45,54,81,90')
    throw new TensorflowSetupError(
      `the library computes wrongly: [${product}] instead of [19,22,43,50], [${sum}] instead of [45,54,81,90]`,
    );
  return { version, gpu };
}
