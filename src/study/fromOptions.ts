// A study from the command line: axes, settings and seeds as words.
import type { Scale } from '../search/config.js';
import { checkDefinition } from './checkDefinition.js';
import type { Axis, StudyDefinition } from './definition.js';

export interface DefinitionOptions {
  name?: string;
  scale?: Scale;
  /** `name=value`, a setting of all runs. */
  set?: readonly string[];
  /** `name=value,value,…`. */
  axis?: readonly string[];
  seeds?: string;
}

/** JSON where it is some, else the text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function split(option: string, text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`--${option} ${text}: write it as name=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** The study that the options ask for. */
export function definitionOf({
  name,
  scale,
  set = [],
  axis = [],
  seeds,
}: DefinitionOptions): StudyDefinition {
  if (name === undefined || seeds === undefined)
    throw new Error('no study: give a file, or --name, --seeds and one --axis or more');
  const axes = Object.fromEntries(
    axis.map((text) => {
      const [key, values] = split('axis', text);
      // A value with commas of its own is written as a JSON list.
      const list = values.startsWith('[') ? parsed(values) : values.split(',').map(parsed);
      return [key, list as Axis];
    }),
  );
  const base = Object.fromEntries(
    set.map((text) => {
      const [key, value] = split('set', text);
      return [key, parsed(value)];
    }),
  );
  return checkDefinition({
    ...{ format: 'drnas-study-1', name, seeds },
    ...(scale && { scale }),
    ...(set.length > 0 && { base }),
    ...(axis.length > 0 && { axes }),
  });
}
