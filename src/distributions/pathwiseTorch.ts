// torch's approximation of the pathwise derivative, to replay recorded numbers; the search uses the exact one.
//
// Re-expressed from PyTorch's aten/src/ATen/native/Distributions.h (dirichlet_grad_one and the functions it
// calls). Its copyright notice and BSD licence stand in pathwiseTorchCoefficients.ts and hold for both files.
import type { PathwiseRule } from './pathwiseGradient.js';
import { DENOMINATOR, NUMERATOR } from './pathwiseTorchCoefficients.js';
import { digamma } from './special.js';

/** torch._dirichlet_grad in float64: within 1e-3 of the exact D(x, a, total), by one of four branches. */
export function pathwiseTorch(x: number, a: number, total: number): number {
  const b = total - a;
  switch (torchBranch(x, a, total)) {
    case 'small':
      return smallX(x, a, b);
    case 'large':
      return -smallXSecond(1 - x, b, a);
    case 'saddle':
      return saddle(x, a, b);
    case 'rational':
      return rational(x, a, b);
  }
}

/** Which of torch's formulas is in force; 'small' and 'large' are series, the others good to about 1e-3. */
export function torchBranch(x: number, a: number, total: number): 'small' | 'large' | 'saddle' | 'rational' {
  const boundary = total * x * (1 - x);
  if (x <= 0.5 && boundary < 2.5) return 'small';
  if (x >= 0.5 && boundary < 0.75) return 'large';
  return a > 6 && total - a > 6 ? 'saddle' : 'rational';
}

/** D by a Taylor series about x = 0, ten terms. */
function smallX(x: number, a: number, b: number): number {
  const factor = digamma(a) - digamma(a + b) - Math.log(x);
  let numerator = 1;
  let series = (numerator / a) * (factor + 1 / a);
  for (let i = 1; i <= 10; i++) {
    numerator *= ((i - b) * x) / i;
    series += (numerator / (a + i)) * (factor + 1 / (a + i));
  }
  const result = x * (1 - x) ** -b * series;
  return Number.isNaN(result) ? 0 : result;
}

/** The derivative in the second parameter by a Taylor series about x = 0, eight terms. */
function smallXSecond(x: number, a: number, b: number): number {
  const factor = digamma(a + b) - digamma(b);
  let numerator = 1;
  let betas = 1;
  let dBetas = 0;
  let series = factor / a;
  for (let i = 1; i <= 8; i++) {
    numerator *= -x / i;
    dBetas = dBetas * (b - i) + betas;
    betas *= b - i;
    series += (numerator / (a + i)) * (dBetas + factor * betas);
  }
  const result = -((1 - x) ** (1 - b)) * series;
  return Number.isNaN(result) ? 0 : result;
}

/** D by a saddle-point expansion, with a polynomial near the mean where that is singular. */
function saddle(x: number, a: number, b: number): number {
  const total = a + b;
  const mean = a / total;
  const deviation = Math.sqrt((a * b) / (total + 1)) / total;
  const y = 1 - x;
  if (Math.abs(x - mean) <= 0.1 * deviation) {
    const c1 = (43 + 20 * (16 + 27 * b) * x) * b ** 3;
    const c2 = 3 * (59 + 180 * b - 90 * x) * b ** 2;
    const c3 = (453 + 1620 * b * y - 455 * x) * b;
    const c4 = 8 * y * (135 * b - 11);
    const poly = 47 * x * b ** 4 + a * (c1 + a * (c2 + a * (c3 + a * c4)));
    const factor = ((1 + 12 * a) * (1 + 12 * b)) / total ** 2 / y;
    return (factor * poly) / (12960 * a ** 3 * b ** 2 * (1 + 12 * total));
  }
  const correction = (z: number) => 1 + 1 / (12 * z) + 1 / (288 * z * z);
  const stirling = (correction(a) * correction(b)) / correction(total);
  const axbx = b * x - a * y;
  const term1 =
    (-2 * a * a * y - a * b * y - x * b * b) / (Math.sqrt((2 * a) / b) * total ** 1.5 * axbx * axbx);
  const term2 = 0.5 * Math.log(a / (total * x));
  const term3 = Math.sqrt((8 * a * b) / total) / axbx;
  const term4 = (b * Math.log(b / (total * y)) + a * Math.log(a / (total * x))) ** -1.5;
  const sum = term1 + term2 * (term3 + (x < mean ? term4 : -term4));
  return ((stirling * -x) / Math.sqrt((2 * a * b) / total)) * sum;
}

/** D by a first guess times a rational function of the logarithms. */
function rational(x: number, a: number, b: number): number {
  const total = a + b;
  const u = Math.log(x);
  const v = Math.log(a) - u;
  const w = Math.log(total) - v;
  const evaluate = (c: number[][][]) => {
    let sum = 0;
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const [c0, c1, c2, c3] = c[i][j];
        sum += u ** i * v ** j * (c0 + w * (c1 + w * (c2 + w * c3)));
      }
    }
    return sum;
  };
  return ((evaluate(NUMERATOR) / evaluate(DENOMINATOR)) * x * (digamma(total) - digamma(a))) / b;
}

/** The same in the form that `pathwiseGradient` and `dirichletSample` take, to replay what torch recorded. */
export const torchRule: PathwiseRule = (x, _y, a, b) => pathwiseTorch(x, a, a + b);
