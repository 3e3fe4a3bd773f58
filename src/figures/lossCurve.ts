// Figure: how the supernet learns, loss and accuracy by epoch.
import type { Data } from 'plotly.js-dist';
import { axesOf, epochAxis, layoutPanels, legendNames } from './panels.js';
import { COLOURS } from './theme.js';
import type { Figure, FigureOptions, LossRecord } from './types.js';

const SERIES = [
  { key: 'train', name: 'weights half (training)', color: COLOURS.blue, dash: 'solid', symbol: 'circle' },
  {
    key: 'valid',
    name: 'architecture half (validation)',
    color: COLOURS.vermilion,
    dash: 'solid',
    symbol: 'square',
  },
] as const;

export interface LossCurveOptions extends FigureOptions {
  /** The run's number of epochs, so that a figure that grows does not rescale. */
  lastEpoch?: number;
}

/** Two panels over the epochs: cross-entropy in nats and accuracy in per cent, of both halves of the training images. */
export function lossCurve(epochs: readonly LossRecord[], options: LossCurveOptions = {}): Figure {
  const { title = 'Loss and accuracy during the search', subtitle, lastEpoch } = options;
  const x = epochs.map(({ epoch }) => epoch);
  const mode = x.length <= 30 ? 'lines+markers' : 'lines';
  const percent = (value: number | null | undefined) => (value == null ? null : value * 100);

  const data: Data[] = SERIES.flatMap(({ key, name, color, dash, symbol }) => {
    const style = {
      x,
      mode,
      name,
      legendgroup: key,
      line: { color, dash, width: 2.2 },
      marker: { symbol, size: 6 },
    };
    return [
      { ...style, ...axesOf(0), type: 'scatter', y: epochs.map((e) => e[`${key}Loss`]) },
      {
        ...{ ...style, ...axesOf(1), type: 'scatter', showlegend: false },
        y: epochs.map((e) => percent(e[`${key}Accuracy`])),
      },
    ] as Data[];
  });
  if (epochs.some(({ supernetAccuracy }) => supernetAccuracy != null)) {
    data.push({
      ...{ x, mode, type: 'scatter', ...axesOf(1) },
      name: 'supernet at the expected mixing weights',
      y: epochs.map((e) => percent(e.supernetAccuracy)),
      line: { color: COLOURS.green, dash: 'dash', width: 2.2 },
      marker: { symbol: 'diamond', size: 6 },
    } as Data);
  }

  const xAxis = epochAxis(x, { last: lastEpoch });
  return {
    data,
    layout: layoutPanels(
      [
        { x: xAxis, y: { title: { text: 'cross-entropy (nats)' } } },
        { x: xAxis, y: { title: { text: 'accuracy (%)' } } },
      ],
      { title, subtitle, width: 960, height: 420, gapX: 80, legend: legendNames(data) },
    ),
  };
}
