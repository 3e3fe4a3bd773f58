// Figure: accuracy of what is found by the weight lambda of the anchor, a panel for each regulariser.
import { curvePanels } from './curves.js';
import { COLOURS, FAINT_INK } from './theme.js';
import type { Figure, FigureOptions } from './types.js';

export interface LambdaPoint {
  lambda: number;
  /** One a seed, %. */
  values: readonly number[];
  mean: number;
  interval: readonly [number, number] | null;
}

export interface LambdaCurveOptions extends FigureOptions {
  /** What the paper prints, by lambda, and in which panel; drawn open, and named as unverified. */
  paper?: { panel: string; points: readonly { lambda: number; value: number }[] };
}

/** Lambda 0 has no place on a logarithmic axis: it stands this much left of the smallest weight. */
const APART = 10 ** 0.75;

/** Means with their intervals as bands, every seed as a dot; lambda 0 set apart at the left. The panels share their y axis' range. */
export function lambdaCurve(
  series: readonly { name: string; points: readonly LambdaPoint[] }[],
  options: LambdaCurveOptions = {},
): Figure {
  const { title = 'Accuracy by the anchor’s weight λ', subtitle, paper } = options;
  const weights = series
    .flatMap(({ points }) => points.map(({ lambda }) => lambda))
    .filter((lambda) => lambda > 0);
  if (weights.length === 0) throw new Error('a curve over lambda needs at least one weight above 0');
  const zero = Math.min(...weights) / APART;
  const place = (lambda: number) => (lambda === 0 ? zero : lambda);
  const powers = [...new Set(weights.map((lambda) => Math.ceil(Math.log10(lambda) - 1e-9)))].sort(
    (a, b) => a - b,
  );
  const ticks: [number, string][] = [
    [zero, '0'],
    ...powers.map((p): [number, string] => [10 ** p, p === 0 ? '1' : `10<sup>−${-p}</sup>`]),
  ];
  const all = [
    ...series.flatMap(({ points }) => points.flatMap(({ values }) => values)),
    ...(paper?.points ?? []).map(({ value }) => value),
  ];
  const room = 0.05 * (Math.max(...all) - Math.min(...all) || 1);
  const range: [number, number] = [Math.min(...all) - room, Math.max(...all) + room];
  const panels = series.map(({ name, points }) => {
    const sorted = [...points].sort((a, b) => a.lambda - b.lambda);
    const x = sorted.map(({ lambda }) => place(lambda));
    const ends = (i: 0 | 1) => sorted.map(({ mean, interval }) => interval?.[i] ?? mean);
    const inside = (value: number) => Math.min(range[1], Math.max(range[0], value));
    return {
      heading: name,
      x: { title: 'weight λ', log: true, ticks, range: [zero / 1.6, Math.max(...weights) * 1.6] as const },
      y: { title: 'test accuracy in the table (%)', range },
      curves: [
        {
          name: 'mean and 95 % interval (Student)',
          colour: COLOURS.blue,
          mode: 'lines+markers' as const,
          x,
          y: sorted.map(({ mean }) => mean),
          low: ends(0).map(inside),
          high: ends(1).map(inside),
          size: 7,
        },
        {
          name: 'every seed',
          colour: FAINT_INK,
          mode: 'markers' as const,
          symbol: 'circle',
          size: 6,
          opacity: 0.55,
          x: sorted.flatMap(({ lambda, values }) => values.map(() => place(lambda))),
          y: sorted.flatMap(({ values }) => [...values]),
        },
        ...(paper?.panel === name
          ? [
              {
                name: 'Table 5 (unverified)',
                colour: COLOURS.vermilion,
                mode: 'markers' as const,
                symbol: 'diamond-open',
                size: 10,
                x: paper.points.map(({ lambda }) => place(lambda)),
                y: paper.points.map(({ value }) => value),
              },
            ]
          : []),
      ],
    };
  });
  return curvePanels(panels, { title, subtitle });
}
