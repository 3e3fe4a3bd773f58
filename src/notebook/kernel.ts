// The one place that knows how the notebook kernel (tslab) is reached from a module.

/** MIME type to content: texts and base64 as strings, JSON types as objects. */
export type Bundle = Record<string, unknown>;

interface DisplayMessage {
  data: Bundle;
  metadata: Record<string, unknown>;
  transient: { display_id?: string };
}

interface Tslab {
  require(name: string): { lastWriteDisplayData: (message: DisplayMessage, update: boolean) => void };
}

/** tslab passes this object to every cell. Importing 'tslab' instead would load a compiler into the command line. */
const tslab = (): Tslab | undefined => (globalThis as { __tslab__?: Tslab }).__tslab__;

/** Whether this code runs in a notebook cell. */
export const isNotebook = (): boolean => tslab() !== undefined;

/** Sends all representations as one output, of which the front end shows the richest it knows. */
export function sendBundle(message: DisplayMessage, update: boolean): void {
  // Looked up each time: tslab exchanges the function with every cell.
  tslab()?.require('tslab/dist/jupyter').lastWriteDisplayData(message, update);
}
