// Continuous variates by rejection or inversion; only ln and sqrt are used, whose bits do not depend on the machine.
import type { Stream } from './stream.js';

/** A standard normal variate, by Marsaglia's polar method. */
export function normal(stream: Stream): number {
  for (;;) {
    const u = 2 * stream.uniform() - 1;
    const v = 2 * stream.uniform() - 1;
    const s = u * u + v * v;
    // The second variate, v * sqrt(...), is dropped: keeping it would be hidden state beside the stream's.
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
  }
}

/** A uniform variate in (0, 1): safe to take the logarithm of. */
export function openUniform(stream: Stream): number {
  // 0 is one of 2^53 equally likely draws; adding half a step to all would round the largest to 1.
  return stream.uniform() || 2 ** -54;
}

/** An exponential variate of mean 1, strictly positive. */
export function exponential(stream: Stream): number {
  return -Math.log(openUniform(stream));
}

/** A standard Gumbel variate, -ln(-ln U): the noise of the Gumbel-softmax samplers. */
export function gumbel(stream: Stream): number {
  return -Math.log(exponential(stream));
}
