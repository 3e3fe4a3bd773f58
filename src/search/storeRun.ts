// A finished run made small for the repository: its manifest, its result and its metrics without the single steps.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeAtomically } from '../atomic.js';
import { paths, readJson, writeJson } from './folder.js';
import type { RunRecord } from './manifest.js';

/** The manifest without the folders of the machine that it was written on: of a data set's and a table's source the name stays. */
function withoutFolders<Manifest extends Partial<RunRecord>>(manifest: Manifest): Manifest {
  const short = <T extends { source: string } | undefined>(of: T): T =>
    of && { ...of, source: basename(of.source) };
  const { dataset, table } = manifest as Partial<Record<'dataset' | 'table', { source: string }>>;
  return {
    ...manifest,
    ...(table ? { table: short(table) } : {}),
    ...(dataset ? { dataset: short(dataset) } : {}),
  };
}

/**
 * Copies what a reader needs to check a run's numbers into `folder`/(the run's name): a folder that `readRun` and
 * `readEvaluation` read like the run's own. Left out are the events of single steps, checkpoints and trained weights.
 * @returns the new folder. @throws where the run is not finished, or where another run of that name is stored already.
 */
export function storeRun(run: string, folder: string, name: string = basename(run)): string {
  const from = paths(run);
  if (!existsSync(from.manifest)) throw new Error(`${run} holds no run: there is no manifest.json in it`);
  if (!existsSync(from.result))
    throw new Error(`${run} is not finished (no result.json): let it end first, with --resume`);
  const to = paths(join(folder, name));
  const manifest = withoutFolders(readJson<Partial<RunRecord>>(from.manifest));
  const same = () => JSON.stringify(readJson(to.manifest)) === JSON.stringify(manifest);
  if (existsSync(to.manifest) && !same())
    throw new Error(
      `${join(folder, name)} holds another run: choose another folder, or remove that one first`,
    );
  const lines = readFileSync(from.metrics, 'utf8').split('\n').slice(0, -1);
  const kept = lines.filter((line) => (JSON.parse(line) as { event: string }).event !== 'step');
  mkdirSync(join(folder, name), { recursive: true });
  writeAtomically(to.metrics, kept.map((line) => `${line}\n`).join(''));
  writeAtomically(to.result, readFileSync(from.result, 'utf8'));
  writeJson(to.manifest, manifest);
  return join(folder, name);
}
