// A fixed random order of ImageNet's pictures, whose list goes class by class: the first so many of it are a sample of all classes.
import { permutation } from '../../random/integer.js';
import { createStream } from '../../random/stream.js';

const SEED = 0;

/** The first `wanted` of the numbers 0 to count - 1 in the fixed order of that count; all of them where there are no more. */
export const mixed = (count: number, wanted: number): Int32Array =>
  permutation(createStream(SEED, 'imagenet', 'mixed'), count).subarray(0, wanted);
