// Figure: what a Dirichlet's concentrations do, as densities on the simplex of three operations.
import type { Data } from 'plotly.js-dist';
import { logDensity } from '../distributions/dirichlet.js';
import { axesOf, layoutPanels, type Panel } from './panels.js';
import { FAINT_INK, INK } from './theme.js';
import type { Figure, FigureOptions } from './types.js';

export interface SimplexOptions extends FigureOptions {
  /** Names of the three corners. */
  corners?: readonly [string, string, string];
  /** Panels in a row; by default all. */
  columns?: number;
}

export interface SimplexData {
  /** Each panel's concentrations: three positive numbers. */
  concentrations: readonly (readonly number[])[];
  /** Points on the simplex to draw on each panel: [panels][points][3]. */
  samples?: readonly (readonly ArrayLike<number>[])[];
}

const HEIGHT = Math.sqrt(3) / 2;
/** Densities are drawn between 1/16 and 16 times the uniform one. */
const LIMIT = 4;
const GRID = 61;

/** Light to dark blue; the middle is the uniform density. */
const SCALE: [number, string][] = [
  [0, '#FFFFFF'],
  [0.25, '#E3EEF6'],
  [0.5, '#B5D3E7'],
  [0.75, '#5FA3CC'],
  [1, '#00538A'],
];

/** Where the weights (a, b, c) lie in the plane: corners at (0, 0), (1, 0) and (1/2, sqrt(3)/2). */
export function toPlane([a, b, c]: ArrayLike<number> & Iterable<number>): { x: number; y: number } {
  const total = a + b + c;
  return { x: (b + c / 2) / total, y: (HEIGHT * c) / total };
}

/** log2 of the density relative to the uniform one (which is 2 = 2!) on a grid over the triangle and somewhat beyond it. */
function densityGrid(beta: readonly number[]): { x: number[]; y: number[]; z: number[][] } {
  const x = Array.from({ length: GRID }, (_, i) => -0.05 + (1.1 * i) / (GRID - 1));
  const y = Array.from({ length: GRID }, (_, i) => -0.05 + (0.97 * i) / (GRID - 1));
  const z = y.map((v) =>
    x.map((u) => {
      const c = v / HEIGHT;
      const b = u - c / 2;
      // Beyond the edges the nearest inner weights stand in; a white frame covers them.
      const inner = [1 - b - c, b, c].map((weight) => Math.max(weight, 2e-3));
      const total = inner[0] + inner[1] + inner[2];
      const relative =
        (logDensity(
          inner.map((weight) => weight / total),
          beta,
        ) -
          Math.log(2)) /
        Math.LN2;
      return Math.max(-LIMIT, Math.min(LIMIT, relative));
    }),
  );
  return { x, y, z };
}

/** A white frame with the triangle as its hole, which cuts the filled contours off at the edges. */
const TRIANGLE = `M0,0 L1,0 L0.5,${HEIGHT} Z`;
const FRAME = `M-0.06,-0.12 L1.06,-0.12 L1.06,1 L-0.06,1 Z ${TRIANGLE}`;

/**
 * Side by side, the density of each Dirichlet over three operations relative to the uniform one, with sample points.
 * Small concentrations put their mass into the corners (one operation each), large ones into the middle (all mixed).
 */
export function dirichletSimplex(
  { concentrations, samples = [] }: SimplexData,
  options: SimplexOptions = {},
): Figure {
  const { title = 'The Dirichlet distribution over three operations', subtitle } = options;
  const { corners = ['skip', 'conv 1×1', 'conv 3×3'] } = options;
  for (const beta of concentrations) {
    if (beta.length !== 3) {
      throw new Error(`the simplex figure draws three concentrations a panel, got [${beta.join(', ')}]`);
    }
  }
  const n = concentrations.length;
  const { columns = n } = options;
  const rows = Math.ceil(n / columns);
  const data: Data[] = concentrations.flatMap((beta, panel) => {
    const points = (samples[panel] ?? []).map((theta) => toPlane(Array.from(theta)));
    return [
      {
        ...{ type: 'contour', ...axesOf(panel), ...densityGrid(beta), colorscale: SCALE, hoverinfo: 'skip' },
        ...{ zmin: -LIMIT, zmax: LIMIT, autocontour: false, line: { width: 0 } },
        contours: { start: -LIMIT, end: LIMIT, size: 0.5, coloring: 'fill', showlines: false },
        showscale: panel === n - 1,
        colorbar: {
          title: { text: 'density,<br>uniform = 1', font: { size: 12 } },
          ...{
            thickness: 14,
            len: rows > 1 ? 0.8 : 0.86,
            x: 1,
            xpad: 14,
            outlinewidth: 0.5,
            outlinecolor: FAINT_INK,
          },
          ...{ tickmode: 'array', tickvals: [-4, -2, 0, 2, 4] },
          ticktext: ['≤ 1/16', '1/4', '1', '4', '≥ 16'],
        },
      },
      {
        ...{ type: 'scatter', mode: 'markers', ...axesOf(panel), showlegend: false, hoverinfo: 'skip' },
        ...{ x: points.map(({ x }) => x), y: points.map(({ y }) => y) },
        marker: { size: 5.5, color: '#D55E00', line: { color: 'white', width: 0.8 } },
      },
    ] as Data[];
  });

  const bare = { visible: false, fixedrange: true };
  const panelSize = 230;
  const gapX = 26;
  const panels: Panel[] = concentrations.map(() => ({
    x: { ...bare, range: [-0.06, 1.06] },
    y: { ...bare, range: [-0.12, 1.0] },
  }));
  const gapY = 40;
  const [left, right, bottom] = [24, 110, 44];
  const layout = layoutPanels(panels, {
    ...{ title, subtitle, columns, gapX, gapY, left, right, bottom },
    width: left + right + columns * panelSize + (columns - 1) * gapX,
    height: rows * panelSize + (rows - 1) * gapY + bottom + (subtitle ? 74 : 52),
  });
  layout.shapes = concentrations.flatMap((_, panel) => {
    const { xaxis: xref, yaxis: yref } = axesOf(panel);
    return [
      {
        ...{ type: 'path', path: FRAME, fillrule: 'evenodd', xref, yref, layer: 'above' },
        ...{ fillcolor: 'white', line: { width: 0 } },
      },
      { type: 'path', path: TRIANGLE, xref, yref, layer: 'above', line: { color: INK, width: 1.4 } },
    ];
  }) as typeof layout.shapes;
  layout.annotations = concentrations.flatMap((beta, panel) => {
    const { xaxis: xref, yaxis: yref } = axesOf(panel);
    const label = { xref, yref, showarrow: false, font: { size: 12 } };
    return [
      { ...label, text: corners[0], x: 0, y: 0, xanchor: 'center', yanchor: 'top', xshift: 6, yshift: -2 },
      { ...label, text: corners[1], x: 1, y: 0, xanchor: 'center', yanchor: 'top', xshift: -6, yshift: -2 },
      { ...label, text: corners[2], x: 0.5, y: HEIGHT, xanchor: 'center', yanchor: 'bottom' },
      {
        ...{
          ...label,
          text: `<b>β = (${beta.map((b) => Number(b.toPrecision(3))).join(', ')})</b>`,
          font: { size: 14 },
        },
        ...{ x: 0.5, y: -0.12, xanchor: 'center', yanchor: 'top', yshift: -8 },
      },
    ];
  }) as typeof layout.annotations;
  return { data, layout };
}
