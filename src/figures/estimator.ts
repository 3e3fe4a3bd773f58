// Figures: the branches of PyTorch's pathwise derivative and their errors, and how much the estimators of the gradient scatter.
import type { Data } from 'plotly.js-dist';
import type { EstimatorComparison } from '../experiments/estimators.js';
import { BRANCH_TITLES, BRANCHES, type Branch } from '../experiments/torchBranches.js';
import { type Curve, curvePanels } from './curves.js';
import { axesOf, layoutPanels, legendNames } from './panels.js';
import { COLOURS } from './theme.js';
import type { Figure, FigureOptions } from './types.js';

export const BRANCH_COLOURS: Record<Branch, string> = {
  small: COLOURS.sky,
  large: COLOURS.green,
  saddle: COLOURS.purple,
  rational: COLOURS.orange,
};

export interface BranchMapData {
  /** Sum of the concentrations. */
  total: number;
  /** Grid of x and a, and the index of the branch at each, rows by a. */
  x: readonly number[];
  a: readonly number[];
  branch: readonly (readonly number[])[];
}

/** Where each branch is in force: a panel for each sum of concentrations, the sample's entry across, its concentration up. */
export function branchMaps(maps: readonly BranchMapData[], options: FigureOptions = {}): Figure {
  const { title = 'Which formula PyTorch uses for the pathwise derivative', subtitle } = options;
  const scale = BRANCHES.flatMap((branch, i) => [
    [i / BRANCHES.length, BRANCH_COLOURS[branch]],
    [(i + 1) / BRANCHES.length, BRANCH_COLOURS[branch]],
  ]);
  const data: Data[] = maps.map(
    ({ x, a, branch }, panel) =>
      ({
        ...{ type: 'heatmap', ...axesOf(panel), x, y: a, z: branch, showscale: false },
        ...{ colorscale: scale, zmin: -0.5, zmax: BRANCHES.length - 0.5, hoverinfo: 'skip' },
      }) as unknown as Data,
  );
  // Heatmaps have no legend entries: empty traces of squares stand in.
  for (const branch of BRANCHES) {
    data.push({
      ...{ type: 'scatter', mode: 'markers', x: [null], y: [null], name: BRANCH_TITLES[branch] },
      marker: { color: BRANCH_COLOURS[branch], symbol: 'square', size: 12 },
    } as unknown as Data);
  }
  const panels = maps.map(({ total }, panel) => ({
    heading: `sum of concentrations ${total}`,
    x: { title: { text: 'entry x of the sample' }, range: [0, 1] as [number, number] },
    y: { title: { text: panel === 0 ? 'its concentration a' : '' }, range: [0, total] as [number, number] },
  }));
  const layout = layoutPanels(panels, {
    ...{ title, subtitle, width: 960, height: 430, gapX: 64 },
    legend: legendNames(data),
  });
  layout.hovermode = 'closest';
  return { data, layout };
}

export interface ErrorSeries {
  heading: string;
  points: readonly { x: number; branch: Branch; error: number }[];
}

/** Relative errors of torch's formula along x, coloured by branch, a panel for each concentration; below `floor` they are drawn at it. */
export function torchErrors(
  series: readonly ErrorSeries[],
  options: FigureOptions = {},
  floor = 1e-16,
): Figure {
  const panels = series.map(({ heading, points }) => ({
    heading,
    x: { title: 'entry x of the sample', range: [0, 1] as const },
    y: { title: 'relative error', log: true, range: [floor / 2, 1e-1] as const },
    curves: BRANCHES.flatMap((branch): Curve[] => {
      const own = points.filter((point) => point.branch === branch);
      if (own.length === 0) return [];
      return [
        {
          ...{ name: BRANCH_TITLES[branch], mode: 'markers', size: 4, colour: BRANCH_COLOURS[branch] },
          ...{ x: own.map(({ x }) => x), y: own.map(({ error }) => Math.max(error, floor)) },
        },
      ];
    }),
  }));
  const title = 'Error of PyTorch’s pathwise derivative, in float64';
  return curvePanels(panels, { title, ...options });
}

export interface ErrorPoint {
  /** Sum of the concentrations. */
  total: number;
  /** Relative errors against the truth. */
  torch: number;
  exact: number;
}

/** Both formulas against a truth computed with many digits, over the sum of concentrations; a relative error of 1 is drawn for more. */
export function errorsAgainstTruth(
  points: readonly ErrorPoint[],
  options: FigureOptions = {},
  floor = 1e-17,
): Figure {
  const x = points.map(({ total }) => total);
  const within = (error: number) => Math.min(1, Math.max(error, floor));
  return curvePanels(
    [
      {
        x: { title: 'sum of the concentrations', log: true },
        y: { title: 'relative error', log: true, range: [floor / 2, 3] },
        curves: [
          {
            ...{ name: 'PyTorch’s formula, float64', colour: COLOURS.orange, mode: 'markers', x },
            y: points.map(({ torch }) => within(torch)),
          },
          {
            ...{ name: 'the kit’s series', colour: COLOURS.blue, mode: 'markers', symbol: 'diamond', x },
            y: points.map(({ exact }) => within(exact)),
          },
        ],
      },
    ],
    { title: 'The pathwise derivative against arithmetic with many digits', width: 820, ...options },
  );
}

export interface VarianceSeries {
  heading: string;
  /** What the comparisons differ in. */
  axis: { title: string; log?: boolean };
  points: readonly { at: number; comparison: EstimatorComparison }[];
}

const ESTIMATOR_STYLES = {
  pathwise: { colour: COLOURS.blue, dash: 'solid', symbol: 'circle' },
  'score, baseline E[f]': { colour: COLOURS.green, dash: 'dash', symbol: 'square' },
  score: { colour: COLOURS.vermilion, dash: 'dot', symbol: 'diamond' },
} as const;

/** Variance of one draw's gradient by estimator, on a log axis: a panel for each thing that is varied. */
export function estimatorVariances(series: readonly VarianceSeries[], options: FigureOptions = {}): Figure {
  const panels = series.map(({ heading, axis, points }, panel) => ({
    heading,
    x: axis,
    y: { title: panel === 0 ? 'variance of one gradient' : '', log: true },
    curves: (Object.keys(ESTIMATOR_STYLES) as (keyof typeof ESTIMATOR_STYLES)[]).map((name) => ({
      ...{ name, mode: 'lines+markers' as const, ...ESTIMATOR_STYLES[name] },
      x: points.map(({ at }) => at),
      y: points.map(
        ({ comparison }) => comparison.rows.find(({ estimator }) => estimator === name)!.variance,
      ),
    })),
  }));
  const title = 'How much the estimators of the gradient scatter';
  return curvePanels(panels, { title, gapX: 64, ...options });
}
