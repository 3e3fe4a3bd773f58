// Figure: both sides of Proposition 1, along a ray of concentrations and for many random quadratics.
import type { BoundCheck } from '../experiments/proposition1.js';
import { type Curve, curvePanels } from './curves.js';
import { COLOURS, FAINT_INK } from './theme.js';
import type { Figure, FigureOptions } from './types.js';

type Check = Pick<BoundCheck, 'exact' | 'laplace' | 'secondOrder' | 'bound' | 'atMean' | 'convex'>;

/**
 * Left: the expectation and what stands for it, over the concentration that all operations share. Right: for random f,
 * how far E[f] and the bound rise above f at the mean, a point each; above the diagonal the bound holds.
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
  const rise = (checks: readonly Check[], name: string, colour: string, symbol: string): Curve => ({
    ...{ name, colour, symbol, mode: 'markers', size: 5, opacity: 0.75 },
    x: checks.map(({ bound, atMean }) => bound - atMean),
    y: checks.map(({ exact, atMean }) => exact - atMean),
  });
  const convex = cloud.filter((check) => check.convex);
  const other = cloud.filter((check) => !check.convex);
  const ends = cloud.flatMap(({ bound, exact, atMean }) => [bound - atMean, exact - atMean]);
  const [low, high] = [Math.min(...ends, 0), Math.max(...ends, 0)];
  const pad = (high - low) * 0.04;
  const range = [low - pad, high + pad] as const;
  return curvePanels(
    [
      {
        heading: 'all concentrations equal, f = ½‖θ − 1/K‖²',
        x: { title: 'concentration β of every operation', log: true, range: [x[0], x[x.length - 1]] },
        y: { title: 'expected loss' },
        curves: [
          line('E[f] under the Dirichlet', ({ exact }) => exact, { colour: COLOURS.blue }),
          line('E[f] under its Laplace approximation', ({ laplace }) => laplace, {
            colour: COLOURS.green,
            dash: 'dash',
          }),
          line('to second order', ({ secondOrder }) => secondOrder, {
            colour: COLOURS.orange,
            dash: 'dashdot',
          }),
          line('the bound', ({ bound }) => bound, { colour: COLOURS.vermilion, dash: 'dot' }),
        ],
      },
      {
        heading: `${cloud.length} random quadratics`,
        x: { title: 'the bound − f at the mean', range },
        y: { title: 'E[f] − f at the mean', range },
        curves: [
          { name: 'equal', x: [...range], y: [...range], colour: FAINT_INK, dash: 'dash' } as Curve,
          rise(other, 'random f, Hessian indefinite', COLOURS.purple, 'x'),
          rise(convex, 'random f, Hessian positive semi-definite', COLOURS.sky, 'circle'),
        ].filter(({ x: points }) => points.length > 0),
      },
    ],
    { title: 'Proposition 1: expected loss and its lower bound', height: 480, ...options },
  );
}
