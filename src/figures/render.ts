// Figures to SVG and PNG files, without a browser and byte for byte the same from run to run.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeAtomically } from '../atomic.js';
import { openPage, type Page } from './dom.js';
import { loadPackage } from './packages.js';
import { dropUnseen } from './prune.js';
import { fontFiles } from './text.js';

/** What `Plotly.newPlot` takes. `layout.width` and `layout.height` are the size of the picture in pixels. */
export interface RenderableFigure {
  data: readonly object[];
  layout?: object;
  config?: object;
}

/** Traces that Plotly draws by WebGL: without a graphics card they come out empty or never end. */
const WEBGL = new Set([
  ...['scattergl', 'scatterpolargl', 'heatmapgl', 'splom', 'parcoords'],
  ...['scatter3d', 'surface', 'mesh3d', 'cone', 'streamtube', 'isosurface', 'volume'],
  ...['scattermap', 'choroplethmap', 'densitymap', 'scattermapbox', 'choroplethmapbox', 'densitymapbox'],
]);

const DEFAULT_SIZE = { width: 800, height: 500 };

let page: Page | undefined;
let queue: Promise<unknown> = Promise.resolve();

/** Frees the page that figures are drawn in; a program that has drawn one does not end before. The next figure opens a new page. */
export function closeRenderer(): void {
  page?.window.close();
  page = undefined;
}

function refuseWebGl(figure: RenderableFigure): void {
  for (const trace of figure.data) {
    const type = String((trace as { type?: string }).type ?? 'scatter');
    if (WEBGL.has(type)) {
      throw new Error(
        `a "${type}" trace needs WebGL, which is not at hand here: use a flat trace instead, or a browser`,
      );
    }
  }
}

/** The figure as the text of an SVG file. The first call loads Plotly (about a second), later ones take 0.05-0.5 s. */
export function toSvg(figure: RenderableFigure): Promise<string> {
  // One after the other: identifiers come from one reseeded random stream of the page.
  const drawn = queue.then(() => draw(figure));
  queue = drawn.catch(() => undefined);
  return drawn;
}

async function draw(figure: RenderableFigure): Promise<string> {
  refuseWebGl(figure);
  page ??= openPage();
  page.reseed();
  const layout = { ...DEFAULT_SIZE, ...figure.layout };
  const { width, height } = layout;
  // Plotly keeps notes inside the objects it is given; the caller's stay as they were.
  const copy = structuredClone({
    data: [...figure.data],
    layout,
    config: { staticPlot: true, ...figure.config },
  });
  const svg = await page.plotly.toImage(copy, { format: 'svg', width, height, imageDataOnly: true });
  return dropUnseen(svg, page.window);
}

/** SVG text to a PNG file's bytes, `scale` pixels for each of the SVG's. */
export function svgToPng(svg: string, { scale = 2 } = {}): Buffer {
  const { Resvg } = loadPackage<typeof import('@resvg/resvg-js')>('@resvg/resvg-js');
  // resvg does not know `pixelated` and would blur heatmaps.
  const crisp = svg.replaceAll('image-rendering: pixelated', 'image-rendering: optimizeSpeed');
  const renderer = new Resvg(crisp, {
    fitTo: { mode: 'zoom', value: scale },
    font: { loadSystemFonts: false, fontFiles: fontFiles(), defaultFontFamily: 'Open Sans' },
    background: 'white',
  });
  return renderer.render().asPng();
}

/** The figure as a PNG file's bytes, at `scale` pixels for each pixel of the layout. */
export async function toPng(figure: RenderableFigure, { scale = 2 } = {}): Promise<Buffer> {
  return svgToPng(await toSvg(figure), { scale });
}

/** Writes `path`.svg and `path`.png; neither is ever seen half written. Makes the folder if need be. */
export function saveSvg(svg: string, path: string, { scale = 2 } = {}): void {
  if (/\.(svg|png)$/.test(path)) {
    throw new Error(`give ${JSON.stringify(path)} without its extension: both .svg and .png are written`);
  }
  mkdirSync(dirname(path), { recursive: true });
  writeAtomically(`${path}.svg`, svg);
  writeAtomically(`${path}.png`, svgToPng(svg, { scale }));
}

/** Writes `path`.svg and `path`.png of a figure. */
export async function saveFigure(figure: RenderableFigure, path: string, { scale = 2 } = {}): Promise<void> {
  saveSvg(await toSvg(figure), path, { scale });
}
