// The policy of REINFORCE: independent categoricals, one an edge, as logits [6 x 5]; its samples, likelihood and exact gradients.
import { softmax } from '../distributions/softmax.js';
import { normal } from '../random/normal.js';
import type { Stream } from '../random/stream.js';
import { EDGES, OPERATIONS } from '../spaces/nasbench201/operations.js';

const EDGE_COUNT = EDGES.length;
const CHOICES = OPERATIONS.length;

/** Logits near zero: N(0, 1e-3^2), as the scripts of NAS-Bench-201 begin (AutoDL-Projects, exps/algos/reinforce.py). */
export const createPolicy = (stream: Stream, scale = 1e-3): Float64Array =>
  Float64Array.from({ length: EDGE_COUNT * CHOICES }, () => scale * normal(stream));

/** Index drawn with these probabilities. */
export function drawOne(probabilities: readonly number[], stream: Stream): number {
  let left = stream.uniform();
  for (let i = 0; i < probabilities.length - 1; i++) {
    left -= probabilities[i];
    if (left < 0) return i;
  }
  return probabilities.length - 1;
}

/** Probabilities of a policy, one row an edge. */
export const probabilitiesOf = (logits: Float64Array): number[][] =>
  Array.from({ length: EDGE_COUNT }, (_, e) =>
    Array.from(softmax(logits.subarray(e * CHOICES, (e + 1) * CHOICES))),
  );

/** One architecture as operations' numbers, one an edge. */
export const drawPicks = (logits: Float64Array, stream: Stream): number[] =>
  probabilitiesOf(logits).map((row) => drawOne(row, stream));

/** d ln p(picks) / d logits = one-hot(picks) - probabilities, [30]. */
export function scoreOf(logits: Float64Array, picks: readonly number[]): Float64Array {
  const score = Float64Array.from(probabilitiesOf(logits).flat(), (p) => -p);
  picks.forEach((o, e) => {
    score[e * CHOICES + o] += 1;
  });
  return score;
}

/** The most likely architecture: the largest logit of each edge, of equals the first. */
export const modeOf = (logits: Float64Array): number[] =>
  probabilitiesOf(logits).map((row) => row.indexOf(Math.max(...row)));
