// Figures: what the search learns on each edge over the epochs, as mixing weights, as concentrations, as entropy.
import type { Data } from 'plotly.js-dist';
import { EDGE_NAMES, OPERATIONS } from '../spaces/nasbench201/operations.js';
import { axesOf, epochAxis, layoutPanels, legendNames, levelLine, type Panel } from './panels.js';
import { COLOURS, OPERATION_STYLES } from './theme.js';
import type {
  ConcentrationRecord,
  EdgeMatrix,
  EntropyRecord,
  Figure,
  FigureOptions,
  MixingRecord,
} from './types.js';

export interface EdgeFigureOptions extends FigureOptions {
  /** The run's number of epochs, so that a figure that grows does not rescale. */
  lastEpoch?: number;
}

/** `1<-0` in Plotly's HTML. */
const escaped = (name: string) => name.replace('<', '&lt;');

interface EdgePanels extends EdgeFigureOptions {
  epochs: readonly number[];
  /** [epochs][6][5]. */
  values: readonly EdgeMatrix[];
  yTitle: string;
  /** The level to compare with, and what it is. */
  even: number;
  evenName: string;
  axis: object;
}

/** Six panels, one an edge; five lines, one an operation; the heading names the operation that leads at the end. */
function edgePanels({
  epochs,
  values,
  yTitle,
  even,
  evenName,
  axis,
  title,
  subtitle,
  lastEpoch,
}: EdgePanels): Figure {
  const xAxis = epochAxis(epochs, { last: lastEpoch });
  const data: Data[] = [];
  const panels: Panel[] = EDGE_NAMES.map((name, edge) => {
    data.push(levelLine(edge, even, xAxis.range, { name: evenName, showlegend: edge === 0 }));
    OPERATIONS.forEach((operation, o) => {
      const { label, colour, dash } = OPERATION_STYLES[operation];
      data.push({
        ...{ type: 'scatter', mode: epochs.length === 1 ? 'markers' : 'lines', ...axesOf(edge) },
        ...{ name: label, legendgroup: operation, showlegend: edge === 0 },
        ...{ x: epochs, y: values.map((matrix) => matrix[edge][o]) },
        line: { color: colour, dash, width: 2.2 },
        marker: { color: colour, size: 7 },
      } as Data);
    });
    const last = values.at(-1)?.[edge] ?? [];
    const leader = OPERATION_STYLES[OPERATIONS[last.indexOf(Math.max(...last))]];
    const [outerLeft, outerBottom] = [edge % 3 === 0, edge >= 3];
    return {
      heading: `edge ${escaped(name)}${leader ? `: <b>${leader.label}</b>` : ''}`,
      x: { ...xAxis, title: { text: outerBottom ? 'epoch' : '' }, showticklabels: outerBottom },
      y: { ...axis, title: { text: outerLeft ? yTitle : '' }, showticklabels: outerLeft },
    };
  });
  const layout = layoutPanels(panels, {
    title,
    subtitle,
    columns: 3,
    width: 960,
    height: 620,
    legend: legendNames(data),
    gapX: 28,
    gapY: 48,
  });
  return { data, layout };
}

/** The expected mixing weights (Dirichlet means) of the six edges over the epochs; dotted: all operations equal. */
export function mixingWeights(epochs: readonly MixingRecord[], options: EdgeFigureOptions = {}): Figure {
  const values = epochs.map(({ mixing }) => mixing);
  const highest = Math.max(0, ...values.flat(2));
  return edgePanels({
    title: 'Expected mixing weights of each edge',
    ...options,
    epochs: epochs.map(({ epoch }) => epoch),
    values,
    yTitle: 'mixing weight',
    even: 1 / OPERATIONS.length,
    evenName: 'all equal',
    axis: { range: [-0.012, Math.min(1.02, Math.max(0.4, highest * 1.1))] },
  });
}

/** The Dirichlets' concentrations beta of the six edges over the epochs, on a log axis; dotted: the anchor, 1. */
export function concentrations(
  epochs: readonly ConcentrationRecord[],
  options: EdgeFigureOptions = {},
): Figure {
  const values = epochs.map(({ concentration }) => concentration);
  const logs = values
    .flat(2)
    .filter((beta) => beta > 0)
    .map(Math.log10);
  const [low, high] = [Math.min(Math.log10(0.5), ...logs), Math.max(Math.log10(2), ...logs)];
  return edgePanels({
    title: 'Dirichlet concentrations of each edge',
    ...options,
    epochs: epochs.map(({ epoch }) => epoch),
    values,
    yTitle: 'concentration β (log scale)',
    even: 1,
    evenName: 'anchor, β = 1',
    axis: {
      type: 'log',
      range: [low - 0.05, high + 0.05],
      ...decimalTicks(low, high),
    },
  });
}

/** Ticks at 1, 2 and 5 of each decade, or at whole decades where there are many. */
function decimalTicks(low: number, high: number) {
  const steps = high - low > 3 ? [1] : [1, 2, 5];
  const tickvals: number[] = [];
  for (let decade = Math.floor(low); decade <= high; decade++) {
    for (const step of steps) tickvals.push(Number((step * 10 ** decade).toPrecision(1)));
  }
  return { tickmode: 'array', tickvals, ticktext: tickvals.map(String) };
}

/** How undecided the search is: entropy of the expected mixing weights over the epochs; dashed: all operations equal, ln 5. */
export function entropy(epochs: readonly EntropyRecord[], options: EdgeFigureOptions = {}): Figure {
  const { title = 'Entropy of the expected mixing weights', subtitle, lastEpoch } = options;
  const x = epochs.map(({ epoch }) => epoch);
  const perEdge = epochs.every((record) => typeof record.entropy !== 'number') && epochs.length > 0;
  const colours = [
    COLOURS.blue,
    COLOURS.vermilion,
    COLOURS.green,
    COLOURS.purple,
    COLOURS.orange,
    COLOURS.sky,
  ];
  const series = perEdge
    ? EDGE_NAMES.map((name, edge) => ({
        name: escaped(name),
        y: epochs.map((record) => (record.entropy as readonly number[])[edge]),
      }))
    : [{ name: 'mean over the six edges', y: epochs.map((record) => record.entropy as number) }];
  const mode = x.length <= 30 ? 'lines+markers' : 'lines';
  const data = series.map(({ name, y }, s) => ({
    ...{ type: 'scatter', mode, name, x, y },
    line: { color: colours[s], width: 2.2 },
    marker: { size: 6 },
  })) as Data[];
  const even = Math.log(OPERATIONS.length);
  const xAxis = epochAxis(x, { last: lastEpoch });
  data.unshift(levelLine(0, even, xAxis.range, { name: 'all operations equal: ln 5', showlegend: true }));
  const lowest = Math.min(even - 0.2, ...series.flatMap(({ y }) => y));
  const layout = layoutPanels(
    [
      {
        x: xAxis,
        y: { title: { text: 'entropy (nats)' }, range: [Math.max(0, lowest - 0.05), even + 0.06] },
      },
    ],
    { title, subtitle, width: 760, height: 400, legend: legendNames(data) },
  );
  return { data, layout };
}
