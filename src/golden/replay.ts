// Chooses the replay that fits a golden file, by what is in it.
import { replayDartsCell } from './dartsCell.js';
import { replayDartsDerived } from './dartsDerived.js';
import { replayDirichletGolden } from './dirichlet.js';
import { type Errors, readGolden } from './file.js';
import { replayNb201Cell } from './nb201Cell.js';
import { replaySearch } from './search.js';

export interface Replay {
  file: string;
  kind: string;
  errors: Errors;
  pass: boolean;
}

/** Replays one file on the current backend. Throws for a format that no replay knows. */
export function replayGolden(path: string): Replay {
  const json = readGolden(path);
  const [kind, errors] = replayOf(json, path);
  return {
    file: path,
    kind,
    errors,
    pass: Object.values(errors).every(({ error, tolerance }) => tolerance === null || error <= tolerance),
  };
}

function replayOf(json: Record<string, unknown>, path: string): [string, Errors] {
  if ('pathwise' in json) return ['dirichlet', dirichletErrors(json)];
  if ('gradTheta' in json && 'edges' in json && (json.ops as string[])?.length === 5)
    return ['nb201_cell', replayNb201Cell(json)];
  if ('gradS0' in json) return ['darts_cell', replayDartsCell(json)];
  if (['201', 'darts'].includes(String(json.space)) && 'finalParams' in json) {
    const kind = (json.ks as number[]).length > 1 ? 'progressive' : 'search';
    return [`${json.space === 'darts' ? 'darts' : 'nb201'}_${kind}`, replaySearch(json)];
  }
  if ('evalLogitsAfter' in json && 'genotype' in json) return ['darts_derived', replayDartsDerived(json)];
  const keys = Object.keys(json).slice(0, 8).join(', ');
  throw new Error(
    `${path}: no replay for this format (keys ${keys}); known are dirichlet, nb201_cell, darts_cell, *_search, *_progressive and darts_derived`,
  );
}

/** Tolerance 1e-5; `exactVsTorch` shows how far torch's approximations are from our exact derivative. */
function dirichletErrors(json: unknown): Errors {
  const entries = Object.entries(replayDirichletGolden(json));
  return Object.fromEntries(
    entries.map(([name, error]) => [name, { error, tolerance: name.endsWith('exactVsTorch') ? null : 1e-5 }]),
  );
}
