// Panels of curves with bands, points and levels, on linear or logarithmic axes: what several figures are made of.
import type { Data } from 'plotly.js-dist';
import { axesOf, layoutPanels, legendNames, type Panel } from './panels.js';
import { COLOURS, FAINT_INK, translucent } from './theme.js';
import type { Figure, FigureOptions } from './types.js';

export interface Curve {
  /** In the legend, once for all panels. */
  name: string;
  x: readonly number[];
  /** null leaves a gap. */
  y: readonly (number | null)[];
  /** A band around the curve, from low to high. */
  low?: readonly number[];
  high?: readonly number[];
  colour?: string;
  dash?: 'solid' | 'dot' | 'dash' | 'dashdot' | 'longdash';
  /** Points instead of a line, or both. */
  mode?: 'lines' | 'markers' | 'lines+markers';
  symbol?: string;
  size?: number;
  opacity?: number;
}

export interface Axis {
  title: string;
  log?: boolean;
  /** In the axis' own units, also where it is logarithmic. */
  range?: readonly [number, number];
  /** Where ticks are wanted, with their texts. */
  ticks?: readonly (readonly [number, string])[];
}

export interface CurvePanel {
  heading?: string;
  x: Axis;
  y: Axis;
  curves: readonly Curve[];
}

export interface CurveOptions extends FigureOptions {
  columns?: number;
  width?: number;
  height?: number;
  gapX?: number;
}

const CYCLE = [
  COLOURS.blue,
  COLOURS.vermilion,
  COLOURS.green,
  COLOURS.purple,
  COLOURS.orange,
  FAINT_INK,
] as const;

/** An axis as Plotly takes it. On a log axis ticks stand at whole decades, written 10 to the power of n. */
function plotlyAxis({ title, log = false, range, ticks }: Axis): object {
  const ends = range?.map((end) => (log ? Math.log10(end) : end));
  return {
    title: { text: title },
    ...(log ? { type: 'log', dtick: 1, exponentformat: 'power' } : {}),
    ...(ends ? { range: ends } : {}),
    ...(ticks
      ? {
          tickmode: 'array',
          tickvals: ticks.map(([value]) => value),
          ticktext: ticks.map(([, text]) => text),
        }
      : {}),
  };
}

/** One panel for each entry, side by side or in `columns`; curves of one name share colour and legend entry. */
export function curvePanels(panels: readonly CurvePanel[], options: CurveOptions = {}): Figure {
  const { title, subtitle, columns, width = 960, height = 430, gapX = 84 } = options;
  const names = [...new Set(panels.flatMap(({ curves }) => curves.map(({ name }) => name)))];
  const shown = new Set<string>();
  const data: Data[] = panels.flatMap(({ curves }, panel) =>
    curves.flatMap((curve) => {
      const { name, x, y, low, high, mode = 'lines', dash = 'solid', symbol = 'circle', size = 6 } = curve;
      const { colour = CYCLE[names.indexOf(name) % CYCLE.length], opacity = 1 } = curve;
      const shared = { type: 'scatter', ...axesOf(panel), x, legendgroup: name };
      const edge = { ...shared, mode: 'lines', line: { width: 0 }, showlegend: false, hoverinfo: 'skip' };
      const band =
        low && high
          ? [
              { ...edge, y: low },
              { ...edge, y: high, fill: 'tonexty', fillcolor: translucent(colour, 0.22) },
            ]
          : [];
      const first = !shown.has(name);
      shown.add(name);
      return [
        ...band,
        {
          ...{ ...shared, mode, name, y, showlegend: first, opacity },
          line: { color: colour, dash, width: 2.2 },
          marker: { color: colour, symbol, size },
        },
      ] as unknown as Data[];
    }),
  );
  const sheets: Panel[] = panels.map(({ heading, x, y }) => ({
    heading,
    x: plotlyAxis(x),
    y: plotlyAxis(y),
  }));
  const layout = layoutPanels(sheets, {
    ...{ title, subtitle, columns, width, height, gapX },
    legend: legendNames(data),
  });
  layout.hovermode = 'closest';
  return { data, layout };
}
