// The look of every figure: white ground, Open Sans, colours that the colour-blind can tell apart (Okabe and Ito 2008).
import type { Layout, LayoutAxis } from 'plotly.js-dist';
import { FONT_FAMILY } from './text.js';

/** The Okabe-Ito palette. */
export const COLOURS = {
  black: '#000000',
  orange: '#E69F00',
  sky: '#56B4E9',
  green: '#009E73',
  yellow: '#F0E442',
  blue: '#0072B2',
  vermilion: '#D55E00',
  purple: '#CC79A7',
} as const;

export const INK = '#222222';
export const FAINT_INK = '#595959';
export const GRID = '#E6E6E6';
export const NONE_GREY = '#8C8C8C';

export interface OperationStyle {
  label: string;
  colour: string;
  dash: 'solid' | 'dot' | 'dash' | 'dashdot' | 'longdash';
}

/** Colour, line and readable name of a NAS-Bench-201 operation, the same in every figure. */
export const OPERATION_STYLES: Record<string, OperationStyle> = {
  none: { label: 'none', colour: NONE_GREY, dash: 'dot' },
  skip_connect: { label: 'skip', colour: COLOURS.orange, dash: 'dash' },
  nor_conv_1x1: { label: 'conv 1×1', colour: COLOURS.sky, dash: 'solid' },
  nor_conv_3x3: { label: 'conv 3×3', colour: COLOURS.blue, dash: 'solid' },
  avg_pool_3x3: { label: 'avg pool 3×3', colour: COLOURS.green, dash: 'dashdot' },
};

/** `#RRGGBB` with an opacity in [0, 1]. */
export function translucent(colour: string, opacity: number): string {
  const [red, green, blue] = [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16));
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`;
}

const AXIS: Partial<LayoutAxis> = {
  gridcolor: GRID,
  linecolor: '#9A9A9A',
  showline: true,
  ticks: 'outside',
  ticklen: 4,
  tickcolor: '#9A9A9A',
  zeroline: false,
  automargin: true,
  title: { standoff: 8, font: { size: 13 } },
};

/** Plotly's template: what all figures share and none states again. */
export const TEMPLATE: Partial<Layout> = {
  font: { family: FONT_FAMILY, size: 13, color: INK },
  paper_bgcolor: 'white',
  plot_bgcolor: 'white',
  colorway: [COLOURS.blue, COLOURS.vermilion, COLOURS.green, COLOURS.purple, COLOURS.orange, COLOURS.sky],
  xaxis: AXIS,
  yaxis: AXIS,
  legend: { font: { size: 13 }, itemsizing: 'trace', bgcolor: 'rgba(255, 255, 255, 0)' },
  hovermode: 'x unified',
} as Partial<Layout>;
