// Figure: both sides of Proposition 1, along a ray of concentrations and for many random quadratics.
import type { BoundCheck } from '../experiments/proposition1.js';
import { type Curve, curvePanels } from './curves.js';
import { COLOURS } from './theme.js';
import type { Figure, FigureOptions } from './types.js';

type Check = Pick<BoundCheck, 'exact' | 'laplace' | 'secondOrder' | 'bound' | 'atMean' | 'convex' | 'delta'>;

/**
 * Left: the expectation and what stands for it, over the concentration that all operations share. Right: for the random f
 * whose Hessian is positive semi-definite, how far E[f] rises above f at the mean, in units of the bound's rise, over the
 * distance from the anchor; from 1 up the bound holds.
 */
export function propositionBound(
  ray: readonly { beta: number; check: Check }[],
  cloud: readonly Check[],
  options: FigureOptions = {},
): Figure {
  const x = ray.map(({ beta }) => beta);
  const line = (name: string, of: (check: Check) => number, style: Partial<Curve>): Curve => ({
    ...{ name, x, y: ray.map(({ check }) => of(check)) },
    ...style,
  });
  const convex = cloud.filter((check) => check.convex);
  const deltas = convex.map(({ delta }) => delta);
  const ends = [0, Math.max(...deltas, 0.1) * 1.04] as const;
  return curvePanels(
    [
      {
        heading: 'f: half the squared distance of θ from the middle',
        x: { title: 'concentration β of every operation', log: true, range: [x[0], x[x.length - 1]] },
        y: { title: 'expected loss' },
        curves: [
          line('E[f] under the Dirichlet', ({ exact }) => exact, { colour: COLOURS.blue }),
          line('E[f] under its Laplace approximation', ({ laplace }) => laplace, {
            ...{ colour: COLOURS.green, dash: 'dash' },
          }),
          line('to second order', ({ secondOrder }) => secondOrder, {
            colour: COLOURS.orange,
            dash: 'dashdot',
          }),
          line('the bound', ({ bound }) => bound, { colour: COLOURS.vermilion, dash: 'dot' }),
        ],
      },
      {
        heading: `${convex.length} random f with a positive semi-definite Hessian`,
        x: { title: 'distance of β from the anchor, |β − 1|', range: ends },
        y: { title: 'E[f] − f(mean), in units of the bound’s' },
        curves: [
          { name: 'the bound', x: [...ends], y: [1, 1], colour: COLOURS.vermilion, dash: 'dot' },
          {
            ...{ name: 'random f', colour: COLOURS.sky, mode: 'markers', size: 5, opacity: 0.8, x: deltas },
            y: convex.map(({ exact, bound, atMean }) => (exact - atMean) / (bound - atMean)),
          },
        ],
      },
    ],
    { title: 'Proposition 1: expected loss and its lower bound', height: 480, ...options },
  );
}
