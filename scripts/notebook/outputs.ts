// Turns the messages of a running cell into the outputs that a notebook stores.
import { lines, type Output } from './format.js';
import type { Message } from './wire.js';

/** What a terminal would show in the end: text after a carriage return overwrites the line's beginning. */
export function settle(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      if (!line.includes('\r')) return line;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: "erase to the end of the line"
      const parts = line.split('\r').map((part) => part.replaceAll(/\x1b\[\d*K/g, ''));
      return parts.reduce((shown, part) => part + shown.slice(part.length)).trimEnd();
    })
    .join('\n');
}

type Bundle = Record<string, unknown>;

/** Texts become lists of lines; JSON stays JSON, and base64 one string. */
function storable(data: Bundle): Bundle {
  const store = (mime: string, value: unknown) =>
    typeof value === 'string' && /^text\/|svg|javascript|latex/.test(mime) ? lines(value) : value;
  return Object.fromEntries(Object.entries(data).map(([mime, value]) => [mime, store(mime, value)]));
}

/** Displays that can be replaced later, by display_id; shared by all cells of a notebook. */
export type Displays = Map<string, Output[]>;

/** Collects one cell's outputs: `add` takes each message, `outputs` is what to store. */
export function createCollector(displays: Displays) {
  const collected: Output[] = [];
  let clearNext = false;

  function push(output: Output) {
    if (clearNext) collected.length = 0;
    clearNext = false;
    collected.push(output);
  }

  function add({ type, content }: Message): void {
    if (type === 'stream') {
      const last = collected.at(-1);
      if (!clearNext && last?.output_type === 'stream' && last.name === content.name)
        last.text += content.text;
      else push({ output_type: 'stream', name: content.name, text: content.text });
    } else if (type === 'display_data' || type === 'execute_result') {
      const { data, metadata = {}, execution_count, transient } = content;
      const shown: Output = { output_type: type, data: storable(data), metadata };
      if (type === 'execute_result') shown.execution_count = execution_count ?? null;
      push(shown);
      const id = transient?.display_id;
      if (id) displays.set(id, [...(displays.get(id) ?? []), shown]);
    } else if (type === 'update_display_data') {
      for (const shown of displays.get(content.transient?.display_id) ?? []) {
        shown.data = storable(content.data);
        shown.metadata = content.metadata ?? {};
      }
    } else if (type === 'error') {
      const { ename, evalue, traceback } = content;
      push({ output_type: 'error', ename, evalue, traceback });
    } else if (type === 'clear_output') {
      if (content.wait) clearNext = true;
      else collected.length = 0;
    }
  }

  const outputs = (): Output[] =>
    collected.map((output) =>
      output.output_type === 'stream' ? { ...output, text: lines(settle(output.text)) } : output,
    );
  return { add, outputs };
}
