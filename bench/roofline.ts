// What the machine can do at most, to set the measured speed beside it.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { chooseBackend } from '../src/backend/choose.js';
import { conv2d } from '../src/tensor/conv2d.js';

export interface Roofline {
  flopsPerSecond: number;
  /** Bytes read plus bytes written by a copy that no cache can hold; undefined without a compiler. */
  copyBytesPerSecond?: number;
  /** How the peak was measured. */
  method: string;
}

/** Builds and runs bench/peak.cpp, for this processor and so many threads; else times our own largest convolution. */
export async function measureRoofline(root: string, threads: number): Promise<Roofline> {
  const folder = join(root, '.cache', 'bench');
  mkdirSync(folder, { recursive: true });
  const program = join(folder, 'peak');
  const source = join(root, 'bench', 'peak.cpp');
  const flags = ['-O3', '-march=native', '-ffp-contract=fast', '-pthread', source, '-o', program];
  for (const compiler of ['g++', 'clang++']) {
    if (spawnSync(compiler, flags, { stdio: 'ignore' }).status !== 0) continue;
    const { status, stdout } = spawnSync(program, [String(threads)], { encoding: 'utf8' });
    if (status !== 0) continue;
    const { flopsPerSecond, copyBytesPerSecond, vectorWidth } = JSON.parse(stdout);
    const method = `multiply-adds in registers, ${vectorWidth} floats a vector, ${threads} threads`;
    return { flopsPerSecond, copyBytesPerSecond, method };
  }
  return largeConvolution(threads);
}

/** A 3x3 convolution of 64 by 64 channels: near the peak of any engine, but below it. */
async function largeConvolution(threads: number): Promise<Roofline> {
  const choice = await chooseBackend({ threads });
  const [batch, side, channels] = [16, 32, 64];
  const x = tf.ones<tf.Rank.R4>([batch, side, side, channels]);
  const w = tf.ones<tf.Rank.R4>([3, 3, channels, channels]);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const begun = performance.now();
    tf.tidy(() => conv2d(x, w).dataSync());
    best = Math.min(best, (performance.now() - begun) / 1000);
  }
  tf.dispose([x, w]);
  const flops = 2 * batch * side * side * 9 * channels * channels;
  return {
    flopsPerSecond: flops / best,
    method: `a large convolution of ${choice.engine}: no C++ compiler here`,
  };
}
