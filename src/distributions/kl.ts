// Kullback-Leibler divergence between Dirichlets, and from the uniform one: DrNAS's KL anchor (201-space/search_model.py:62-72).
import { checkedTotal, digamma, gammaln, logMultivariateBeta, trigamma } from './special.js';

/** KL(Dir(p) || Dir(q)) in nats. */
export function klDirichlet(p: ArrayLike<number>, q: ArrayLike<number>): number {
  if (p.length !== q.length) {
    throw new Error(
      `KL needs two Dirichlets of the same size, but they have ${p.length} and ${q.length} entries`,
    );
  }
  const psiTotal = digamma(checkedTotal(p));
  checkedTotal(q);
  let sum = logMultivariateBeta(q) - logMultivariateBeta(p);
  for (let i = 0; i < p.length; i++) sum += (p[i] - q[i]) * (digamma(p[i]) - psiTotal);
  return sum;
}

/** KL(Dir(beta) || Dir(1)) in nats: 0 at beta = 1, growing as beta leaves it on either side. */
export function klToUniform(beta: ArrayLike<number>): number {
  const total = checkedTotal(beta);
  const psiTotal = digamma(total);
  let sum = -logMultivariateBeta(beta) - gammaln(beta.length);
  for (let i = 0; i < beta.length; i++) sum += (beta[i] - 1) * (digamma(beta[i]) - psiTotal);
  return sum;
}

/** d KL(Dir(beta) || Dir(1)) / d beta_j = (beta_j - 1) psi'(beta_j) - (S - K) psi'(S). */
export function klToUniformGradient(beta: ArrayLike<number>): Float64Array {
  const total = checkedTotal(beta);
  const shared = (total - beta.length) * trigamma(total);
  return Float64Array.from(beta, (b) => (b - 1) * trigamma(b) - shared);
}
