// Figures: the range of what the Dirichlet would draw over the search, of several seeds: together, and each for itself.
import type { Data } from 'plotly.js-dist';
import { mean } from 'simple-statistics';
import { DATASET_TITLES } from './accuracyBand.js';
import { axesOf, epochAxis, layoutPanels, legendNames, type Panel } from './panels.js';
import { COLOURS, INK, translucent } from './theme.js';
import type { BandRecord, BenchmarkDataset, Figure, FigureOptions } from './types.js';

export interface TrajectoryRun {
  seed: number;
  epochs: readonly BandRecord[];
}

export interface TrajectoryOptions extends FigureOptions {
  /** Architectures sampled an epoch, for the legend. */
  samples?: number;
}

const NAMES = Object.keys(DATASET_TITLES) as BenchmarkDataset[];

/** Of a data set the epochs at which every run has its band and its architecture of the mean, with all runs' values. */
function complete(runs: readonly TrajectoryRun[], name: BenchmarkDataset) {
  const byEpoch = runs.map(({ epochs }) => new Map(epochs.map((record) => [record.epoch, record])));
  return [...(byEpoch[0]?.keys() ?? [])].flatMap((epoch) => {
    const all = byEpoch.map((run) => run.get(epoch));
    const bands = all.flatMap((record) => record?.band?.[name] ?? []);
    const found = all.flatMap((record) => record?.lookup?.[name] ?? []);
    return bands.length === runs.length && found.length === runs.length ? [{ epoch, bands, found }] : [];
  });
}

function setsOf(runs: readonly TrajectoryRun[]): BenchmarkDataset[] {
  const names = NAMES.filter((name) => complete(runs, name).length > 0);
  if (names.length === 0)
    throw new Error('no epoch of every run has a band: it needs a NAS-Bench-201 table at hand');
  return names;
}

const edge = { type: 'scatter', mode: 'lines', line: { width: 0 }, hoverinfo: 'skip' };

/** An area in orange between two curves, with its name in the legend of the first panel. */
const area = (
  panel: number,
  x: number[],
  low: number[],
  high: number[],
  { name, opacity, showlegend = panel === 0 }: { name: string; opacity: number; showlegend?: boolean },
) =>
  [
    { ...edge, ...axesOf(panel), x, y: low, showlegend: false, legendgroup: name },
    {
      ...{ ...edge, ...axesOf(panel), x, y: high, showlegend, name, legendgroup: name },
      ...{ fill: 'tonexty', fillcolor: translucent(COLOURS.orange, opacity) },
    },
  ] as unknown as Data[];

/**
 * One panel for each data set: the ends of the sampled range averaged over the runs, and at their widest; the architecture of the
 * mean of each run, and their average. Test accuracies in per cent.
 */
export function trajectory(runs: readonly TrajectoryRun[], options: TrajectoryOptions = {}): Figure {
  const {
    title = 'Range of the architectures that the Dirichlet would draw',
    subtitle,
    samples = 100,
  } = options;
  const x = epochAxis(runs.flatMap(({ epochs }) => epochs.map(({ epoch }) => epoch)));
  const data: Data[] = [];
  const panels = setsOf(runs).map((name, panel): Panel => {
    const points = complete(runs, name);
    const epochs = points.map(({ epoch }) => epoch);
    const [lows, highs] = (['min', 'max'] as const).map((end) =>
      points.map(({ bands }) => bands.map((band) => band[end])),
    );
    if (runs.length > 1)
      data.push(
        ...area(
          panel,
          epochs,
          lows.map((all) => Math.min(...all)),
          highs.map((all) => Math.max(...all)),
          { name: `widest range of ${runs.length} seeds`, opacity: 0.18 },
        ),
      );
    data.push(
      ...area(panel, epochs, lows.map(mean), highs.map(mean), {
        name: `range of ${samples} sampled${runs.length > 1 ? ', mean of seeds' : ''}`,
        opacity: 0.4,
      }),
    );
    const drawn = (y: number[], label: string, line: object, showlegend: boolean) =>
      data.push({
        ...{ type: 'scatter', mode: 'lines', ...axesOf(panel), x: epochs, y, name: label },
        ...{ line: { color: INK, ...line }, showlegend, legendgroup: label },
      } as Data);
    if (runs.length > 1)
      runs.forEach((_, run) => {
        const own = points.map(({ found }) => found[run]);
        drawn(
          own,
          'architecture of the expected weights, each seed',
          { width: 0.8, dash: 'dot' },
          panel + run === 0,
        );
      });
    const average = points.map(({ found }) => mean(found));
    drawn(
      average,
      `${runs.length > 1 ? 'their mean' : 'architecture of the expected weights'}`,
      { width: 2.4 },
      panel === 0,
    );
    return {
      heading: `<b>${DATASET_TITLES[name]}</b>   at the end ${average.at(-1)!.toFixed(2)} %`,
      x,
      y: {
        title: { text: panel === 0 ? 'test accuracy (%)' : '' },
        range: [0, 1.06 * Math.max(...highs.flat())],
      },
    };
  });
  const layout = layoutPanels(panels, {
    ...{ title, subtitle, width: [0, 620, 860, 1080][panels.length], height: 460, gapX: 48 },
    legend: legendNames(data),
  });
  return { data, layout };
}

/** Small multiples: a column for each run, a row for each data set, the range and the architecture of the mean in each. */
export function trajectorySeeds(runs: readonly TrajectoryRun[], options: TrajectoryOptions = {}): Figure {
  const { title = 'The same, seed by seed', subtitle, samples = 100 } = options;
  const x = epochAxis(runs.flatMap(({ epochs }) => epochs.map(({ epoch }) => epoch)));
  const names = setsOf(runs);
  const data: Data[] = [];
  const panels = names.flatMap((name, row) => {
    const tops = runs.flatMap((run) => complete([run], name).map(({ bands }) => bands[0].max));
    return runs.map((run, column): Panel => {
      const panel = row * runs.length + column;
      const points = complete([run], name);
      const epochs = points.map(({ epoch }) => epoch);
      const [low, high] = (['min', 'max'] as const).map((end) => points.map(({ bands }) => bands[0][end]));
      data.push(...area(panel, epochs, low, high, { name: `range of ${samples} sampled`, opacity: 0.4 }), {
        ...{
          type: 'scatter',
          mode: 'lines',
          ...axesOf(panel),
          x: epochs,
          y: points.map(({ found }) => found[0]),
        },
        ...{ name: 'architecture of the expected weights', showlegend: panel === 0 },
        line: { color: INK, width: 1.8 },
      } as Data);
      const [bottom, left] = [row === names.length - 1, column === 0];
      const end = points.at(-1)?.found[0];
      return {
        heading: `seed ${run.seed}${end === undefined ? '' : `: ${end.toFixed(2)} %`}`,
        x: { ...x, dtick: 2 * x.dtick, title: { text: bottom ? 'epoch' : '' }, showticklabels: bottom },
        y: {
          title: { text: left ? `${DATASET_TITLES[name]} (%)` : '' },
          ...{ range: [0, 1.06 * Math.max(...tops)], showticklabels: left },
        },
      };
    });
  });
  const layout = layoutPanels(panels, {
    ...{ title, subtitle, columns: runs.length, width: Math.max(620, 120 + 195 * runs.length) },
    ...{ height: 130 + 175 * names.length, gapX: 22, gapY: 40, legend: legendNames(data) },
  });
  return { data, layout };
}
