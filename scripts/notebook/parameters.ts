// Parameters of a notebook: the cell tagged "parameters" declares them with `let`, a cell after it sets them.
import { type Cell, hasTag, joined, type Notebook } from './format.js';

export type Parameters = Record<string, unknown>;

/** A value as it is typed on a command line: JSON where it is that, else the text itself. */
export function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The names that a parameters cell declares, each with the keyword that declares it. */
export function declaredNames(source: string): Map<string, string> {
  const found = source.matchAll(/^\s*(let|var|const)\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)/gmu);
  return new Map([...found].map(([, keyword, name]) => [name, keyword]));
}

/**
 * The notebook with a cell that sets `parameters`, behind the one tagged "parameters"; an injected cell that is
 * there already is replaced. Throws on a name that the notebook does not declare.
 */
export function injectParameters(notebook: Notebook, parameters: Parameters): Notebook {
  const names = Object.keys(parameters);
  if (names.length === 0) return notebook;
  const cells = notebook.cells.filter((cell) => !hasTag(cell, 'injected-parameters'));
  const at = cells.findIndex((cell) => hasTag(cell, 'parameters'));
  if (at < 0) {
    throw new Error(`the notebook has no cell tagged "parameters", so ${names.join(', ')} cannot be set`);
  }
  const declared = declaredNames(joined(cells[at].source));
  for (const name of names) {
    const keyword = declared.get(name);
    if (!keyword) {
      const known = [...declared.keys()].join(', ') || 'none';
      throw new Error(`the notebook has no parameter "${name}"; its parameters are: ${known}`);
    }
    if (keyword === 'const') {
      throw new Error(`parameter "${name}" is declared with const: the notebook must declare it with let`);
    }
  }
  const source = names.map((name) => `${name} = ${JSON.stringify(parameters[name])};`).join('\n');
  const injected: Cell = {
    id: 'injected-parameters',
    cell_type: 'code',
    metadata: { tags: ['injected-parameters'] },
    source: `// Parameters of this execution\n${source}`,
    outputs: [],
    execution_count: null,
  };
  return { ...notebook, cells: [...cells.slice(0, at + 1), injected, ...cells.slice(at + 1)] };
}
