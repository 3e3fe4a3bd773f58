// A finished run made small for the repository: its manifest, its result and its metrics without the single steps.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { writeAtomically } from '../atomic.js';
import { paths, readJson, writeJson } from './folder.js';

/** What a manifest says of where its data are. */
interface Sources {
  dataset?: { source: string };
  table?: { source: string } | null;
}

/** The manifest in `file` without the folders of the machine that it was written on: of each source the name stays. */
function withoutFolders(file: string): Sources {
  const manifest = readJson<Sources>(file);
  for (const origin of [manifest.dataset, manifest.table])
    if (origin) origin.source = basename(origin.source);
  return manifest;
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
  const target = join(folder, name);
  if (resolve(target) === resolve(run))
    throw new Error(`${run} would be stored over itself, without its steps: choose another folder`);
  const to = paths(target);
  const manifest = withoutFolders(from.manifest);
  const same = () => JSON.stringify(readJson(to.manifest)) === JSON.stringify(manifest);
  if (existsSync(to.manifest) && !same())
    throw new Error(`${target} holds another run: choose another folder, or remove that one first`);
  const lines = readFileSync(from.metrics, 'utf8').split('\n').slice(0, -1);
  const kept = lines.filter((line) => (JSON.parse(line) as { event: string }).event !== 'step');
  mkdirSync(target, { recursive: true });
  writeAtomically(to.metrics, kept.map((line) => `${line}\n`).join(''));
  writeAtomically(to.result, readFileSync(from.result, 'utf8'));
  writeJson(to.manifest, manifest);
  return target;
}
