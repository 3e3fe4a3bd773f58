// Rich output: several representations of one thing, shown in a notebook, or its text printed outside one.
import { randomUUID } from 'node:crypto';
import { type Bundle, isNotebook, sendBundle } from './kernel.js';

export interface Shown extends Bundle {
  /** What is printed where nothing richer can be shown. */
  'text/plain': string;
}

export interface Display {
  /** Shows `bundle`, in place of what this display showed before. */
  show(bundle: Shown, metadata?: Record<string, unknown>): void;
}

/** A place in the output whose content can be replaced, for things that change while a cell runs. */
export function newDisplay(): Display {
  const id = randomUUID();
  let shown = false;
  return {
    show(bundle, metadata = {}) {
      if (isNotebook()) sendBundle({ data: bundle, metadata, transient: { display_id: id } }, shown);
      else printText(bundle);
      shown = true;
    },
  };
}

/** Shows `bundle` once. */
export function show(bundle: Shown, metadata: Record<string, unknown> = {}): void {
  if (isNotebook()) sendBundle({ data: bundle, metadata, transient: {} }, false);
  else printText(bundle);
}

export const showMarkdown = (text: string): void => show({ 'text/markdown': text, 'text/plain': text });

export const showText = (text: string): void => show({ 'text/plain': text });

function printText(bundle: Shown): void {
  process.stdout.write(`${bundle['text/plain']}\n`);
}
