// The Dirichlet as a normal distribution of logits: the Laplace approximation in the softmax basis that Proposition 1 rests on.
import { normal } from '../random/normal.js';
import type { Stream } from '../random/stream.js';
import { softmax } from './softmax.js';
import { checkedTotal } from './special.js';

export interface SoftmaxBasis {
  /** mu_o = ln beta_o - mean of ln beta; softmax(mu) is the Dirichlet's mean exactly. */
  mean: Float64Array;
  /** Sigma_oo = (1 / beta_o) (1 - 2 / K) + (1 / K^2) sum of 1 / beta; the covariance is taken for diagonal. */
  variance: Float64Array;
}

/** Of Dir(beta), K entries (MacKay 1998; Srivastava & Sutton 2017). */
export function softmaxBasis(beta: ArrayLike<number>): SoftmaxBasis {
  checkedTotal(beta);
  const count = beta.length;
  const logs = Float64Array.from(beta, (b) => Math.log(b));
  const middle = logs.reduce((a, b) => a + b, 0) / count;
  let inverses = 0;
  for (let i = 0; i < count; i++) inverses += 1 / beta[i];
  return {
    mean: logs.map((l) => l - middle),
    variance: Float64Array.from(beta, (b) => (1 - 2 / count) / b + inverses / (count * count)),
  };
}

/** A draw of the approximation: softmax of independent normal logits. */
export function sampleSoftmaxBasis(stream: Stream, { mean, variance }: SoftmaxBasis): Float64Array {
  return softmax(mean.map((m, i) => m + Math.sqrt(variance[i]) * normal(stream)));
}
