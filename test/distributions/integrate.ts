// Quadrature over the two-component simplex, for the tests.

/**
 * The integral over x in (0, 1), y = 1 - x, by the double-exponential rule: endpoint singularities such as x^-0.9 do
 * no harm, because x and y are both given without cancellation.
 */
export function integrate(f: (x: number, y: number) => number): number {
  const step = 1 / 64;
  let sum = 0;
  for (let k = -5 / step; k <= 5 / step; k++) {
    const u = Math.PI * Math.sinh(k * step);
    const x = 1 / (1 + Math.exp(-u));
    const y = 1 / (1 + Math.exp(u));
    const weight = Math.PI * Math.cosh(k * step) * x * y;
    if (weight > 0) sum += f(x, y) * weight;
  }
  return sum * step;
}
