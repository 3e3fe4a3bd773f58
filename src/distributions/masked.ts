// Samples over an edge's kept operations: pruned entries are 0 and the rest sum to 1.
import type { Stream } from '../random/stream.js';
import { keptIndices, type Mask } from './pathwiseGradient.js';
import { logGammas, normaliseLogs } from './sample.js';

/**
 * A draw from Dir(beta), then masked and renormalised: a draw of Dir(beta_kept). Pruned operations still use up
 * their random numbers, and the renormalisation is done in logarithms, so it works where the kept share is 1e-400.
 */
export function sampleMasked(stream: Stream, beta: ArrayLike<number>, mask?: Mask): Float64Array {
  const kept = keptIndices(beta.length, mask);
  const logs = logGammas(stream, beta);
  const theta = new Float64Array(beta.length);
  normaliseLogs(Float64Array.from(kept, (i) => logs[i])).forEach((t, k) => {
    theta[kept[k]] = t;
  });
  return theta;
}

/** A recorded full row put through a mask and renormalised. Without a mask it is returned as it is. */
export function maskRow(theta: ArrayLike<number>, mask?: Mask): Float64Array {
  if (!mask) return Float64Array.from(theta);
  const kept = keptIndices(theta.length, mask);
  let total = 0;
  for (const i of kept) total += theta[i];
  if (!(total > 0)) throw new Error('a recorded sample has no weight on the operations that its mask keeps');
  const masked = new Float64Array(theta.length);
  for (const i of kept) masked[i] = theta[i] / total;
  return masked;
}
