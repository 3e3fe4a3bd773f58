// Panels in rows under a title and a legend, their axes and level lines: where everything of a figure stands.
import type { Annotation, Data, Layout, LayoutAxis } from 'plotly.js-dist';
import { textWidth } from './text.js';
import { FAINT_INK, INK, TEMPLATE } from './theme.js';
import type { FigureOptions } from './types.js';

/** Names of the traces that a legend shows. */
export function legendNames(data: readonly Data[]): string[] {
  return (data as { name?: string; showlegend?: boolean }[])
    .filter(({ name, showlegend }) => name && showlegend !== false)
    .map(({ name }) => name as string);
}

/** A thin horizontal line to compare with, from side to side of a panel whose x range is `range`; a trace, so that a legend can name it. */
export function levelLine(
  panel: number,
  y: number,
  range: readonly number[],
  { dash = 'dash', colour = FAINT_INK, name = '', showlegend = false } = {},
): Data {
  return {
    ...{ type: 'scatter', mode: 'lines', ...axesOf(panel), x: [range[0], range[1]], y: [y, y] },
    ...{ name, showlegend, hoverinfo: 'skip', legendgroup: name || 'level' },
    line: { color: colour, width: 1.2, dash },
  } as Data;
}

export interface Panel {
  /** Heading above the panel; `colour` for a heading that names a series. */
  heading?: string;
  colour?: string;
  x?: Partial<LayoutAxis>;
  y?: Partial<LayoutAxis>;
}

export interface Sheet extends FigureOptions {
  columns?: number;
  /** Pixels of the whole picture. */
  width?: number;
  height?: number;
  /** Names in the legend between the title and the panels: room is made for them. */
  legend?: readonly string[];
  /** Pixels between panels: room for the axis labels there. */
  gapX?: number;
  gapY?: number;
  /** Pixels kept free left and right of the panels and beneath them. */
  left?: number;
  right?: number;
  bottom?: number;
}

/** `x`, `x2`, … and `y`, `y2`, …: the axes of the n-th panel, for a trace. */
export function axesOf(panel: number): { xaxis: string; yaxis: string } {
  const n = panel === 0 ? '' : panel + 1;
  return { xaxis: `x${n}`, yaxis: `y${n}` };
}

/** Pixels of a horizontal legend of these names, which Plotly breaks into rows. */
function legendHeight(names: readonly string[], width: number): number {
  if (names.length === 0) return 0;
  let rows = 1;
  let right = 18;
  for (const name of names) {
    const entry = 50 + textWidth(name.replaceAll('&lt;', '<'), 13);
    if (right + entry > width) {
      rows++;
      right = 18;
    }
    right += entry;
  }
  return 11 + 19 * rows;
}

/** A title, a legend and equal panels in rows; everything is placed in pixels, so that nothing meets. */
export function layoutPanels(panels: readonly Panel[], sheet: Sheet): Partial<Layout> {
  const { title = '', subtitle = '', columns = panels.length, height = 420 } = sheet;
  const heads = [textWidth(title, 17, { weight: 'bold' }), textWidth(subtitle, 13)];
  const width = Math.max(sheet.width ?? 900, ...heads.map((head) => Math.ceil(head) + 40));
  const { legend = [], gapX = 70, gapY = 64, left = 72, right = 24, bottom = 60 } = sheet;
  const rows = Math.ceil(panels.length / columns);
  const hasHeadings = panels.some((panel) => panel.heading);

  const titleBottom = subtitle ? 64 : 42;
  const legendBottom = titleBottom + legendHeight(legend, width);
  const margin = { l: left, r: right, t: legendBottom + (hasHeadings ? 30 : 10), b: bottom };
  const plot = { width: width - margin.l - margin.r, height: height - margin.t - margin.b };
  const panelWidth = (plot.width - gapX * (columns - 1)) / columns;
  const panelHeight = (plot.height - gapY * (rows - 1)) / rows;

  const axes: Record<string, Partial<LayoutAxis>> = {};
  const annotations: Partial<Annotation>[] = [];
  panels.forEach(({ heading, colour = INK, x, y }, p) => {
    const [row, column] = [Math.floor(p / columns), p % columns];
    const start = (column * (panelWidth + gapX)) / plot.width;
    const top = 1 - (row * (panelHeight + gapY)) / plot.height;
    const n = p === 0 ? '' : p + 1;
    const domainX = [start, start + panelWidth / plot.width];
    const domainY = [Math.max(0, top - panelHeight / plot.height), top];
    axes[`xaxis${n}`] = { domain: domainX, anchor: `y${n}`, ...x } as Partial<LayoutAxis>;
    axes[`yaxis${n}`] = { domain: domainY, anchor: `x${n}`, ...y } as Partial<LayoutAxis>;
    if (heading) {
      annotations.push({
        text: heading,
        ...{ xref: 'paper', yref: 'paper', x: start, y: top, xanchor: 'left', yanchor: 'bottom' },
        ...{ yshift: 4, showarrow: false, font: { size: 14, color: colour } },
      } as Partial<Annotation>);
    }
  });

  return {
    template: { layout: TEMPLATE },
    width,
    height,
    margin,
    title: {
      text: `<b>${title}</b>${subtitle ? `<br><span style="font-size:13px;color:${FAINT_INK}">${subtitle}</span>` : ''}`,
      ...{ x: 0, xref: 'container', xanchor: 'left', y: 1, yref: 'container', yanchor: 'top' },
      // Plotly centres two lines where it would put one.
      pad: { l: 20, t: subtitle ? 29 : 14 },
      font: { size: 17 },
    },
    showlegend: legend.length > 0,
    legend: {
      orientation: 'h',
      tracegroupgap: 0,
      ...{ x: 18 / width, xref: 'container', xanchor: 'left' },
      ...{ y: 1 - titleBottom / height, yref: 'container', yanchor: 'top' },
    },
    annotations,
    ...axes,
  } as Partial<Layout>;
}

/** The axis of epochs: whole numbers from 0 to `last`, never a tick at 1.5. */
export function epochAxis(epochs: readonly number[], { last = Math.max(1, ...epochs), title = true } = {}) {
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
  const dtick = steps.find((step) => last / step <= 10) ?? Math.ceil(last / 10);
  const first = Math.min(1, ...epochs);
  const pad = 0.5 + last * 0.02;
  return {
    range: [first - pad, last + pad] as [number, number],
    dtick,
    tick0: 0,
    ...(title ? { title: { text: 'epoch' } } : {}),
  };
}
