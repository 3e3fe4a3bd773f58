// Figure: the final test accuracy of every seed of every method or setting, with means and next to what needs no search.
import type { Data } from 'plotly.js-dist';
import { axesOf, layoutPanels, legendNames, type Panel } from './panels.js';
import { COLOURS, FAINT_INK } from './theme.js';
import type { Figure, FigureOptions, MethodSeed, ReferenceLevel } from './types.js';

export interface SeedComparisonOptions extends FigureOptions {
  /** Levels to compare with: all 3x3 convolutions, mean of random architectures, best of n. */
  references?: readonly ReferenceLevel[];
  /** Data set of the accuracies, for the axis. */
  dataset?: string;
  /** Mean of each method's seeds with its interval, drawn behind the dots; the legend says what interval it is. */
  means?: readonly { method: string; mean: number; interval: readonly [number, number] | null }[];
  /** Default: 95 % interval of the mean. */
  intervalName?: string;
  /** Pixels of a row; smaller ones for many methods. */
  rowHeight?: number;
}

const METHOD_COLOURS = [COLOURS.blue, COLOURS.vermilion, COLOURS.green, COLOURS.purple, COLOURS.orange];
const REFERENCE_STYLES = [
  { color: FAINT_INK, dash: 'dash' },
  { color: FAINT_INK, dash: 'dot' },
  { color: COLOURS.orange, dash: 'dashdot' },
  { color: COLOURS.green, dash: 'dash' },
  { color: COLOURS.purple, dash: 'dot' },
] as const;

/** Beyond this range in percentage points a second panel shows the top on its own scale. */
const ZOOM_ABOVE = 8;
const ZOOM_SPAN = 3;

/**
 * Height of each dot within its row, in [-0.5, 0.5]: dots nearer than `gap` to one that is already there stand above or
 * below it, so that equal results are all seen.
 */
export function stack(values: readonly number[], gap: number): number[] {
  const placed: { value: number; level: number }[] = [];
  const levels = values.map((value) => {
    const taken = new Set(placed.filter((dot) => Math.abs(dot.value - value) < gap).map((dot) => dot.level));
    // 0, 1, -1, 2, -2, …: around the middle of the row.
    let level = 0;
    while (taken.has(level)) level = level > 0 ? -level : 1 - level;
    placed.push({ value, level });
    return level;
  });
  const highest = Math.max(1, ...levels.map(Math.abs));
  const step = Math.min(0.16, 0.36 / highest);
  return levels.map((level) => level * step);
}

/** One row a method, one dot a seed (all of them, equal ones stacked), vertical lines for the reference levels. */
export function seedComparison(rows: readonly MethodSeed[], options: SeedComparisonOptions = {}): Figure {
  const { title = 'Final architecture of every seed', subtitle } = options;
  const { references = [], dataset = 'CIFAR-10', means = [], rowHeight = 74 } = options;
  const { intervalName = '95 % interval of the mean' } = options;
  if (rows.length === 0) throw new Error('a comparison of seeds needs at least one row, got none');
  const methods = [...new Set(rows.map(({ method }) => method))];
  const all = [...rows, ...references].map(({ accuracy }) => accuracy);
  const [lowest, highest] = [Math.min(...all), Math.max(...all)];
  const span = Math.max(0.5, highest - lowest);
  const ranges = [[lowest - span * 0.06, highest + span * 0.06]];
  if (span > ZOOM_ABOVE) ranges.push([highest - ZOOM_SPAN, highest + ZOOM_SPAN * 0.06]);

  const data: Data[] = [];
  ranges.forEach(([low, high], panel) => {
    references.forEach(({ name, accuracy }, r) => {
      data.push({
        ...{ type: 'scatter', mode: 'lines', ...axesOf(panel), showlegend: panel === 0, legendgroup: name },
        ...{
          name: `${name} (${accuracy.toFixed(2)})`,
          x: [accuracy, accuracy],
          y: [-0.6, methods.length - 0.4],
        },
        line: { width: 1.8, ...REFERENCE_STYLES[r % REFERENCE_STYLES.length] },
      } as Data);
    });
    const known = means.filter(({ method }) => methods.includes(method));
    // Cut off at the panel: resvg ends the process on a clipped line that reaches far out of the picture.
    const inside = (interval: readonly [number, number] | null) =>
      interval === null || interval[1] < low || interval[0] > high
        ? [null, null]
        : [Math.max(low, interval[0]), Math.min(high, interval[1])];
    const heights = known.map(({ method }) => methods.indexOf(method) + 0.34);
    if (known.length > 0)
      data.push(
        {
          ...{ type: 'scatter', mode: 'lines', ...axesOf(panel), showlegend: panel === 0 },
          ...{ name: intervalName, legendgroup: intervalName, hoverinfo: 'skip' },
          x: known.flatMap(({ interval }) => [...inside(interval), null]),
          y: heights.flatMap((height) => [height, height, null]),
          line: { color: FAINT_INK, width: 2 },
        } as Data,
        {
          ...{ type: 'scatter', mode: 'markers', ...axesOf(panel), showlegend: panel === 0 },
          ...{ name: 'mean', legendgroup: 'mean', x: known.map(({ mean }) => mean), y: heights },
          text: known.map(({ method }) => method),
          marker: { symbol: 'line-ns-open', size: 11, color: FAINT_INK, line: { width: 2.4 } },
        } as Data,
      );
    methods.forEach((method, m) => {
      const seeds = rows.filter((row) => row.method === method);
      const heights = stack(
        seeds.map(({ accuracy }) => accuracy),
        (high - low) / 40,
      );
      data.push({
        ...{ type: 'scatter', mode: 'markers', ...axesOf(panel), showlegend: false, name: method },
        ...{ x: seeds.map(({ accuracy }) => accuracy), y: heights.map((height) => m + height) },
        text: seeds.map(({ seed }) => (seed === undefined ? method : `${method}, seed ${seed}`)),
        marker: {
          ...{ size: 11, color: METHOD_COLOURS[m % METHOD_COLOURS.length], opacity: 0.9 },
          line: { color: 'white', width: 1 },
        },
      } as Data);
    });
  });

  const label = (method: string) => {
    const count = rows.filter((row) => row.method === method).length;
    // In low rows the names stand alone; how many seeds there are is in the subtitle or in the dots.
    return rowHeight < 60 ? method : `<b>${method}</b><br>${count} ${count === 1 ? 'seed' : 'seeds'}`;
  };
  const below = rows.filter(({ accuracy }) => accuracy < ranges[ranges.length - 1][0]).length;
  const topHeading = `the top ${ZOOM_SPAN} points${below ? ` (${below} of ${rows.length} dots are below)` : ''}`;
  const panels = ranges.map((range, panel) => ({
    heading: ranges.length === 1 ? undefined : panel === 0 ? 'all' : topHeading,
    x: { range, title: { text: `${dataset} test accuracy (%)` } },
    y: {
      ...{ range: [methods.length - 0.4, -0.6], tickmode: 'array', tickvals: methods.map((_, m) => m) },
      ...{ ticktext: panel === 0 ? methods.map(label) : methods.map(() => ''), showgrid: false, ticks: '' },
    },
  })) as Panel[];
  const height = 220 + methods.length * rowHeight;
  const layout = layoutPanels(panels, {
    title,
    subtitle,
    width: 960,
    height,
    gapX: 40,
    left: 84,
    legend: legendNames(data),
  });
  layout.hovermode = 'closest';
  return { data, layout };
}
