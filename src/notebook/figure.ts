// Shows a Plotly figure: interactive where the front end can, as a picture everywhere else.
import { type Display, newDisplay, type Shown, show } from './display.js';
import { isNotebook } from './kernel.js';

/** What `Plotly.newPlot` takes; the functions of src/figures return it. */
export interface PlotlyFigure {
  data: readonly object[];
  layout?: object;
  config?: object;
}

/** Typed arrays as plain ones, as a front end expects them. */
function toJson(figure: PlotlyFigure): object {
  const { data, layout = {}, config } = figure;
  const plain = (_: string, value: unknown) =>
    ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>) : value;
  return JSON.parse(JSON.stringify({ data, layout, config }, plain));
}

/** The figure's title as text: Plotly allows some HTML in it. */
export function figureTitle(figure: PlotlyFigure): string {
  const title = (figure.layout as { title?: string | { text?: string } } | undefined)?.title;
  const text = typeof title === 'string' ? title : (title?.text ?? 'untitled');
  return text
    .replaceAll(/<br *\/?>/g, ' – ')
    .replaceAll(/<[^>]*>/g, '')
    .trim();
}

/** Width and height in pixels, from the header of a PNG file. */
export function pngSize(png: Buffer): { width: number; height: number } {
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

async function bundle(figure: PlotlyFigure): Promise<{ data: Shown; metadata: Record<string, unknown> }> {
  const text = `[figure: ${figureTitle(figure)}]`;
  if (!isNotebook()) return { data: { 'text/plain': text }, metadata: {} };
  // Loaded only here: drawing needs a second to load, and the command line draws nothing on the screen.
  const { toPng } = await import('../figures/render.js');
  const png = Buffer.from(await toPng(figure as Parameters<typeof toPng>[0]));
  const { width, height } = pngSize(png);
  // The picture has twice the resolution at which it is to be shown.
  const size = { width: Math.round(width / 2), height: Math.round(height / 2), alt: figureTitle(figure) };
  return {
    data: {
      'application/vnd.plotly.v1+json': toJson(figure),
      'image/png': png.toString('base64'),
      'text/plain': text,
    },
    metadata: { 'image/png': size },
  };
}

/** Outside a notebook only the figure's title is printed: save it by `saveFigure` to see it. */
export async function showFigure(figure: PlotlyFigure): Promise<void> {
  const { data, metadata } = await bundle(figure);
  show(data, metadata);
}

/** A figure that is redrawn in place, for instance once per epoch; a redrawing takes some tenths of a second. */
export function liveFigure(display: Display = newDisplay()): (figure: PlotlyFigure) => Promise<void> {
  return async (figure) => {
    if (!isNotebook()) return;
    const { data, metadata } = await bundle(figure);
    display.show(data, metadata);
  };
}
