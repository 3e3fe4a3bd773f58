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

/** Ends of a log axis around positive values, with a little room. */
function logRange(values: readonly (number | null)[]): readonly [number, number] {
  const logs = values.flatMap((value) => (value !== null && value > 0 ? [Math.log10(value)] : []));
  if (logs.length === 0) return [0.1, 10];
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const pad = Math.max(0.05, (high - low) * 0.06);
  return [10 ** (low - pad), 10 ** (high + pad)];
}

/** At most about eight ticks of a log axis: 1, 2 and 5 of each decade, 1 and 3, or whole decades. */
export function logTicks([from, to]: readonly [number, number]): [number, string][] {
  const [low, high] = [Math.log10(from), Math.log10(to)];
  const span = high - low;
  const steps = span <= 2 ? [1, 2, 5] : span <= 4 ? [1, 3] : [1];
  const every = Math.max(1, Math.ceil(span / 8));
  const ticks: [number, string][] = [];
  for (let decade = Math.floor(low); decade <= high; decade++) {
    if (decade % every !== 0) continue;
    for (const step of steps) {
      const value = step * 10 ** decade;
      const at = Math.log10(value);
      if (at < low - 1e-9 || at > high + 1e-9) continue;
      const plain = decade >= -3 && decade <= 3;
      const power = `10<sup>${decade < 0 ? '−' : ''}${Math.abs(decade)}</sup>`;
      ticks.push([
        value,
        plain ? String(Number(value.toPrecision(1))) : step === 1 ? power : `${step}·${power}`,
      ]);
    }
  }
  return ticks;
}

/** An axis as Plotly takes it; `values` are what is drawn along it. */
function plotlyAxis({ title, log = false, range, ticks }: Axis, values: readonly (number | null)[]): object {
  const shown = range ?? (log ? logRange(values) : undefined);
  const ends = shown?.map((end) => (log ? Math.log10(end) : end));
  const marks = ticks ?? (log ? logTicks(shown as readonly [number, number]) : undefined);
  return {
    title: { text: title },
    ...(log ? { type: 'log' } : {}),
    ...(ends ? { range: ends } : {}),
    ...(marks
      ? {
          tickmode: 'array',
          tickvals: marks.map(([value]) => value),
          ticktext: marks.map(([, text]) => text),
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
  const sheets: Panel[] = panels.map(({ heading, x, y, curves }) => ({
    heading,
    x: plotlyAxis(
      x,
      curves.flatMap((curve) => curve.x),
    ),
    y: plotlyAxis(
      y,
      curves.flatMap((curve) => [...curve.y, ...(curve.low ?? []), ...(curve.high ?? [])]),
    ),
  }));
  const layout = layoutPanels(sheets, {
    ...{ title, subtitle, columns, width, height, gapX },
    legend: legendNames(data),
  });
  layout.hovermode = 'closest';
  return { data, layout };
}
