// Figure: how good the architectures are that the current Dirichlet would draw (the paper's trajectory figure, trajectory.png in its repository).
import type { Data } from 'plotly.js-dist';
import { axesOf, epochAxis, layoutPanels, legendNames, levelLine, type Panel } from './panels.js';
import { COLOURS, INK, translucent } from './theme.js';
import type { BandRecord, BenchmarkDataset, Figure, FigureOptions } from './types.js';

export const DATASET_TITLES: Record<BenchmarkDataset, string> = {
  cifar10: 'CIFAR-10',
  cifar100: 'CIFAR-100',
  imagenet16: 'ImageNet16-120',
};

export interface AccuracyBandOptions extends FigureOptions {
  /** The best test accuracy in the table in per cent, drawn as a dashed line. */
  optimum?: Partial<Record<BenchmarkDataset, number>>;
  lastEpoch?: number;
  /** Architectures sampled an epoch, for the legend. */
  samples?: number;
}

/**
 * One panel for each data set at hand: the range (and the middle half) of the sampled architectures' test accuracies in
 * per cent, and the architecture of the expected mixing weights as a line. From 0 up, as in the paper: at first the range is wide.
 */
export function accuracyBand(epochs: readonly BandRecord[], options: AccuracyBandOptions = {}): Figure {
  const { title = 'Test accuracy of the architectures that the search would draw', subtitle } = options;
  const { optimum = {}, lastEpoch, samples = 100 } = options;
  const datasets = (Object.keys(DATASET_TITLES) as BenchmarkDataset[]).filter((name) =>
    epochs.some(({ band, lookup }) => band?.[name] || lookup?.[name] !== undefined),
  );
  if (datasets.length === 0) {
    throw new Error(
      'no epoch has a benchmark look-up: the accuracy band needs a NAS-Bench-201 table at hand',
    );
  }
  const xAxis = epochAxis(
    epochs.map(({ epoch }) => epoch),
    { last: lastEpoch },
  );
  const data: Data[] = [];
  const panels = datasets.map((name, panel): Panel => {
    const shared = { type: 'scatter', ...axesOf(panel), showlegend: panel === 0 };
    const banded = epochs.filter(({ band }) => band?.[name]);
    const spreads = banded.map(({ band }) => band![name]!);
    const area = (
      label: string,
      low: (number | undefined)[],
      high: (number | undefined)[],
      opacity: number,
    ) => {
      const x = banded.map(({ epoch }) => epoch);
      const edge = { ...shared, x, mode: 'lines', line: { width: 0 }, legendgroup: label };
      data.push(
        { ...edge, y: low, showlegend: false, hoverinfo: 'skip' } as Data,
        {
          ...edge,
          y: high,
          name: label,
          fill: 'tonexty',
          fillcolor: translucent(COLOURS.orange, opacity),
        } as Data,
      );
    };
    if (spreads.length > 0) {
      area(
        `range of ${samples} sampled`,
        spreads.map((s) => s.min),
        spreads.map((s) => s.max),
        0.35,
      );
    }
    if (spreads.length > 0 && spreads.every((s) => s.q25 !== undefined && s.q75 !== undefined)) {
      area(
        'middle half',
        spreads.map((s) => s.q25),
        spreads.map((s) => s.q75),
        0.55,
      );
    }
    const found = epochs.filter(({ lookup }) => lookup?.[name] !== undefined);
    data.push({
      ...{ ...shared, mode: found.length === 1 ? 'markers' : 'lines', legendgroup: 'mean' },
      name: 'architecture of the expected weights',
      x: found.map(({ epoch }) => epoch),
      y: found.map(({ lookup }) => lookup![name]),
      line: { color: INK, width: 2.2 },
      marker: { color: INK, size: 6 },
    } as Data);
    const best = optimum[name];
    if (best !== undefined) {
      const legend = { name: 'best in the table', showlegend: panel === 0, colour: COLOURS.blue };
      data.push(levelLine(panel, best, xAxis.range, legend));
    }
    const top = Math.max(
      best ?? 0,
      ...spreads.map((s) => s.max),
      ...found.map(({ lookup }) => lookup![name]!),
    );
    const last = found.at(-1)?.lookup?.[name];
    return {
      heading: `<b>${DATASET_TITLES[name]}</b>${last === undefined ? '' : `   at the end ${last.toFixed(2)} %`}`,
      x: xAxis,
      y: { title: { text: panel === 0 ? 'test accuracy (%)' : '' }, range: [0, top * 1.06] },
    };
  });
  const width = [0, 560, 820, 1080][datasets.length];
  return {
    data,
    layout: layoutPanels(panels, {
      title,
      subtitle,
      width,
      height: 430,
      gapX: 48,
      legend: legendNames(data),
    }),
  };
}
