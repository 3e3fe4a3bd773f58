// Gamma variates (Marsaglia and Tsang 2000), as logarithms, so that tiny shapes do not underflow.
import { normal, openUniform } from './normal.js';
import type { Stream } from './stream.js';

/** A Gamma(shape, 1) variate. It underflows to 0 where its logarithm is below -745: use `logGamma` for tiny shapes. */
export function gamma(stream: Stream, shape: number): number {
  return Math.exp(logGamma(stream, shape));
}

/**
 * The natural logarithm of a Gamma(shape, 1) variate.
 *
 * A shape of 1e-3 gives values near e^-1000 about as often as not; as logarithms they stay exact.
 * For shape < 1: Gamma(shape) is Gamma(shape + 1) times U^(1/shape), the same boost as torch's sampler.
 */
export function logGamma(stream: Stream, shape: number): number {
  if (!(shape > 0 && shape < Infinity)) {
    throw new Error(`a gamma variate needs a positive finite shape, but got ${shape}`);
  }
  const boost = shape < 1 ? Math.log(openUniform(stream)) / shape : 0;
  return boost + logLargeGamma(stream, shape < 1 ? shape + 1 : shape);
}

/** ln of d * v with v = (1 + c x)^3: a cubed normal, accepted so that it is exactly Gamma. */
function logLargeGamma(stream: Stream, shape: number): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(stream);
    const root = 1 + c * x;
    if (root <= 0) continue;
    const logV = 3 * Math.log(root);
    // The exact test; the paper's cheaper squeeze in front of it would save one logarithm.
    if (Math.log(openUniform(stream)) < 0.5 * x * x + d * (1 - root * root * root + logV)) {
      return Math.log(d) + logV;
    }
  }
}
