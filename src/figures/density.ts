// Figures: what a concentration does to a sample, and what the anchor charges for leaving 1.
import { curvePanels } from './curves.js';
import { COLOURS, FAINT_INK } from './theme.js';
import type { Figure, FigureOptions } from './types.js';

export interface SparsityRow {
  /** All operations' concentration. */
  beta: number;
  /** Quantiles over samples of the largest weight. */
  q05: number;
  median: number;
  q95: number;
}

/** The largest of K weights against a symmetric concentration, a panel for each K: from one operation alone to all alike. */
export function sparsity(
  series: readonly { operations: number; rows: readonly SparsityRow[] }[],
  options: FigureOptions = {},
): Figure {
  const panels = series.map(({ operations, rows }) => {
    const x = rows.map(({ beta }) => beta);
    return {
      heading: `${operations} operations`,
      x: { title: 'concentration β of every operation', log: true, range: [x[0], x[x.length - 1]] as const },
      y: { title: 'largest weight of a sample', range: [0, 1.03] as const },
      curves: [
        {
          name: 'median, with 5 to 95 % of samples',
          x,
          y: rows.map(({ median }) => median),
          low: rows.map(({ q05 }) => q05),
          high: rows.map(({ q95 }) => q95),
        },
        {
          ...{ name: 'all alike, 1/K', x: [x[0], x[x.length - 1]], y: [1 / operations, 1 / operations] },
          ...{ colour: FAINT_INK, dash: 'dash' as const },
        },
        {
          ...{ name: 'the anchor, β = 1', x: [1, 1], y: [0, 1.03] },
          ...{ colour: COLOURS.vermilion, dash: 'dot' as const },
        },
      ],
    };
  });
  return curvePanels(panels, { title: 'How sparse the samples of a Dirichlet are', ...options });
}

export interface AnchorRow {
  /** The free parameter of one operation, the others at 0. */
  alpha: number;
  kl: number;
  l2: number;
  /** Derivatives in alpha. */
  klSlope: number;
  l2Slope: number;
}

/** Both anchors and their pull along one operation's alpha. */
export function anchorPenalties(rows: readonly AnchorRow[], options: FigureOptions = {}): Figure {
  const x = rows.map(({ alpha }) => alpha);
  const axis = { title: 'α of one operation, the others at 0' };
  const pair = (kl: (row: AnchorRow) => number, l2: (row: AnchorRow) => number) => [
    { name: 'KL of Dir(β) from Dir(1)', x, y: rows.map(kl) },
    { name: 'l2: ½ α²', x, y: rows.map(l2), dash: 'dash' as const },
  ];
  return curvePanels(
    [
      {
        x: axis,
        y: { title: 'penalty (at λ = 1)' },
        curves: pair(
          ({ kl }) => kl,
          ({ l2 }) => l2,
        ),
      },
      {
        x: axis,
        y: { title: 'its derivative in α' },
        curves: pair(
          ({ klSlope }) => klSlope,
          ({ l2Slope }) => l2Slope,
        ),
      },
    ],
    { title: 'Two anchors at β = 1', ...options },
  );
}
