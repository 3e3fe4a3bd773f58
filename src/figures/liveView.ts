// Figure: a search while it runs, all in one picture: mixing weights by edge, concentrations, entropy, accuracies, the cell so far.
import type { Data } from 'plotly.js-dist';
import { EDGE_NAMES, OPERATIONS } from '../spaces/nasbench201/operations.js';
import { logTicks } from './curves.js';
import { axesOf, epochAxis, layoutPanels, legendNames, levelLine, type Panel } from './panels.js';
import { COLOURS, INK, OPERATION_STYLES, translucent } from './theme.js';
import type {
  BandRecord,
  ConcentrationRecord,
  EntropyRecord,
  Figure,
  FigureOptions,
  MixingRecord,
} from './types.js';

/** An epoch as the search reports it. */
export interface LiveRecord extends BandRecord, ConcentrationRecord, MixingRecord, EntropyRecord {
  /** Mean over the edges, nats. */
  entropy: number;
  /** The cell so far as text. */
  genotype?: string;
  /** In [0, 1]: shown where there is no table to look up in. */
  supernetAccuracy?: number | null;
}

export interface LiveViewOptions extends FigureOptions {
  /** The run's number of epochs, so that axes stand still. */
  lastEpoch: number;
  /** Put behind the title: where the search is, and how long it will take. */
  status?: string;
}

const line = (panel: number, records: readonly LiveRecord[], y: readonly unknown[], style: object) =>
  ({
    ...{ type: 'scatter', mode: records.length === 1 ? 'markers' : 'lines', ...axesOf(panel) },
    ...{ x: records.map(({ epoch }) => epoch), y, showlegend: false, ...style },
  }) as Data;

/** An area between two curves. */
const area = (
  panel: number,
  records: readonly LiveRecord[],
  low: readonly number[],
  high: readonly number[],
  colour: string,
) => {
  const edge = { line: { width: 0 }, mode: 'lines', hoverinfo: 'skip' };
  const fill = { fill: 'tonexty', fillcolor: translucent(colour, 0.35) };
  return [line(panel, records, low, edge), line(panel, records, high, { ...edge, ...fill })];
};

/**
 * The epochs so far, none at first. On NAS-Bench-201 a panel for each of the six edges; then the range of the concentrations, the
 * entropy, and the test accuracies of what the Dirichlet would draw (of the supernet, where no table is at hand).
 */
export function liveView(records: readonly LiveRecord[], options: LiveViewOptions): Figure {
  const { lastEpoch, title = 'Search', status = '', subtitle } = options;
  const last = records.at(-1);
  const data: Data[] = [];
  const x = epochAxis([1], { last: lastEpoch });
  // Before the first epoch nothing says which space it is; the six edges keep their places.
  const edges = !last || last.mixing.length === EDGE_NAMES.length ? EDGE_NAMES : [];
  const panels: Panel[] = edges.map((name, edge) => {
    data.push(levelLine(edge, 1 / OPERATIONS.length, x.range));
    OPERATIONS.forEach((operation, o) => {
      const { label, colour, dash } = OPERATION_STYLES[operation];
      const style = { name: label, legendgroup: operation, showlegend: edge === 0 };
      const look = { line: { color: colour, dash, width: 2 }, marker: { color: colour, size: 6 } };
      const shares = records.map(({ mixing }) => mixing[edge][o]);
      data.push(line(edge, records, shares, { ...style, ...look }));
    });
    const row = last?.mixing[edge] ?? [];
    const leader = OPERATION_STYLES[OPERATIONS[row.indexOf(Math.max(...row))]];
    const left = edge % 3 === 0;
    return {
      heading: `edge ${name.replace('<', '&lt;')}${leader ? `: <b>${leader.label}</b>` : ''}`,
      x: { ...x, title: { text: '' }, showticklabels: false },
      y: { range: [-0.02, 1.02], title: { text: left ? 'mixing weight' : '' }, showticklabels: left },
    };
  });

  const concentration = panels.length;
  const betas = records.map((record) => record.concentration.flat());
  const mean = betas.map((all) => all.reduce((a, b) => a + b, 0) / all.length);
  const low = betas.map((all) => Math.max(1e-6, Math.min(...all)));
  const high = betas.map((all) => Math.max(...all));
  data.push(
    levelLine(concentration, 1, x.range),
    ...area(concentration, records, low, high, COLOURS.sky),
    line(concentration, records, mean, { line: { color: COLOURS.blue, width: 2 } }),
  );
  const ends = [Math.min(0.4, ...low) * 0.9, Math.max(2.5, ...high) * 1.1] as const;
  const ticks = logTicks(ends);
  const most = Math.log(last?.mixing[0].length ?? OPERATIONS.length);
  data.push(
    levelLine(concentration + 1, most, x.range),
    line(
      concentration + 1,
      records,
      records.map(({ entropy }) => entropy),
      {
        line: { color: COLOURS.green, width: 2 },
      },
    ),
  );
  const banded = records.filter(({ band }) => band?.cifar10);
  const found = records.filter(({ lookup }) => lookup?.cifar10 !== undefined);
  const looked = found.length > 0;
  const [least, best] = (['min', 'max'] as const).map((end) => banded.map(({ band }) => band!.cifar10![end]));
  const accuracy = looked
    ? found.map(({ lookup }) => lookup!.cifar10!)
    : records.map(({ supernetAccuracy }) => (supernetAccuracy == null ? null : 100 * supernetAccuracy));
  data.push(
    ...(banded.length > 0 ? area(concentration + 2, banded, least, best, COLOURS.orange) : []),
    line(concentration + 2, looked ? found : records, accuracy, { line: { color: INK, width: 2 } }),
  );
  const value = accuracy.at(-1);
  panels.push(
    {
      heading: 'concentrations β: range and mean',
      x,
      y: {
        ...{
          type: 'log',
          range: [Math.log10(ends[0]), Math.log10(ends[1])],
          title: { text: 'β (log scale)' },
        },
        ...{
          tickmode: 'array',
          tickvals: ticks.map(([tick]) => tick),
          ticktext: ticks.map(([, text]) => text),
        },
      },
    },
    {
      heading: `entropy${last ? ` ${last.entropy.toFixed(3)}` : ''}`,
      x,
      y: { range: [0, most * 1.06], title: { text: 'nats' } },
    },
    {
      heading: `${looked ? 'CIFAR-10: this cell' : 'supernet'}${value == null ? '' : ` ${value.toFixed(2)} %`}`,
      x,
      y: { range: [0, 100], title: { text: 'accuracy (%)' } },
    },
  );
  const cell = last?.genotype && last.genotype.length < 130 ? `cell so far: ${last.genotype}` : '';
  const layout = layoutPanels(panels, {
    title: [title, status].filter(Boolean).join(', '),
    subtitle: [subtitle, last ? cell : 'no epoch is done yet'].filter(Boolean).join('; '),
    ...{ columns: 3, width: 960, height: edges.length > 0 ? 800 : 420, gapX: 74, gapY: 46 },
    legend: legendNames(data),
  });
  return { data, layout };
}
