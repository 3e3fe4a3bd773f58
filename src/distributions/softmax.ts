// Softmax of a few logits in double precision, its logarithm and its gradient.

const highest = (logits: ArrayLike<number>): number => {
  let top = -Infinity;
  for (let i = 0; i < logits.length; i++) top = Math.max(top, logits[i]);
  return top;
};

const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

/** exp of each entry over the sum of all. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const top = highest(logits);
  const powers = Float64Array.from(logits, (l) => Math.exp(l - top));
  const total = sum(powers);
  return powers.map((p) => p / total);
}

/** ln softmax(logits), finite where the weight itself is below the smallest number. */
export function logSoftmax(logits: ArrayLike<number>): Float64Array {
  const top = highest(logits);
  const total = sum(Float64Array.from(logits, (l) => Math.exp(l - top)));
  return Float64Array.from(logits, (l) => l - top - Math.log(total));
}

/** The gradient of a loss in the logits: theta_i (g_i - sum_j theta_j g_j), theta their softmax, g the gradient in theta. */
export function softmaxGradient(theta: ArrayLike<number>, upstream: ArrayLike<number>): Float64Array {
  return Float64Array.from(theta, (t, i) => {
    let centred = 0;
    for (let j = 0; j < theta.length; j++) centred += theta[j] * (upstream[i] - upstream[j]);
    return t * centred;
  });
}
