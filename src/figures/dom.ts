// A page for Plotly without a browser: jsdom, with the measurements and drawing surfaces that jsdom leaves out.
import { readFileSync } from 'node:fs';
import type { DOMWindow, JSDOM } from 'jsdom';
import { createStream } from '../random/stream.js';
import { type CanvasContext, createContext } from './canvas.js';
import type { Box } from './geometry.js';
import { localBox, pageBox, pathProperties, type SvgNode } from './measure.js';
import { loadPackage, packageFile } from './packages.js';

interface PlotlyInPage {
  toImage(
    figure: { data: readonly object[]; layout: object; config?: object },
    options: { format: 'svg'; width: number; height: number; imageDataOnly: true },
  ): Promise<string>;
}

export interface Page {
  window: DOMWindow;
  plotly: PlotlyInPage;
  /** Makes the next figure's random identifiers those of every first figure. */
  reseed(): void;
}

/** Opens a page and loads Plotly into it: about a second and 300 MB. */
export function openPage(): Page {
  const { JSDOM: Dom } = loadPackage<{ JSDOM: typeof JSDOM }>('jsdom');
  const { window } = new Dom('<!DOCTYPE html><body></body>', { runScripts: 'outside-only' });
  addMissing(window);
  window.eval(readFileSync(packageFile('plotly.js-dist'), 'utf8'));
  const { Math: pageMath, Plotly: plotly } = window as unknown as { Math: Math; Plotly: PlotlyInPage };
  return {
    window,
    plotly,
    reseed: () => {
      pageMath.random = createStream('figure').uniform;
    },
  };
}

const toRect = ({ left, top, right, bottom }: Box) => ({
  ...{ x: left, y: top, left, top, right, bottom },
  ...{ width: right - left, height: bottom - top },
});

function addMissing(window: DOMWindow): void {
  const { SVGElement, HTMLCanvasElement } = window;
  Object.assign(window, { TextDecoder, TextEncoder, Math: window.eval('Math') });
  Object.assign(window.URL, { createObjectURL: () => 'blob:none', revokeObjectURL: () => undefined });
  Object.assign(window, { matchMedia: () => ({ matches: false, addListener() {}, removeListener() {} }) });

  const measures = SVGElement.prototype as unknown as Record<string, (...args: never[]) => unknown>;
  measures.getBoundingClientRect = function (this: SvgNode) {
    return toRect(pageBox(this));
  };
  measures.getBBox = function (this: SvgNode) {
    const box = localBox(this);
    return toRect(box.left > box.right ? { left: 0, top: 0, right: 0, bottom: 0 } : box);
  };
  measures.getComputedTextLength = function (this: SvgNode) {
    return toRect(localBox(this)).width;
  };
  measures.getTotalLength = function (this: SVGElement) {
    return pathProperties(this.getAttribute('d') ?? '').getTotalLength();
  };
  measures.getPointAtLength = function (this: SVGElement, at: number) {
    return pathProperties(this.getAttribute('d') ?? '').getPointAtLength(at);
  } as (...args: never[]) => unknown;

  const contexts = new WeakMap<object, CanvasContext>();
  const context = (canvas: { width: number; height: number }) => {
    const known = contexts.get(canvas);
    if (known?.width === canvas.width && known.height === canvas.height) return known;
    const made = createContext(canvas);
    contexts.set(canvas, made);
    return made;
  };
  Object.assign(HTMLCanvasElement.prototype, {
    getContext(this: HTMLCanvasElement, kind: string) {
      return kind === '2d' ? context(this) : null;
    },
    toDataURL(this: HTMLCanvasElement) {
      return context(this).toDataURL();
    },
  });
}
