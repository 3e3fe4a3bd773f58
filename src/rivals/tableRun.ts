// One search over the table as a folder that looks like a search's: manifest, one line a query, and the result.

import { writeAtomically } from '../atomic.js';
import type { NasBench201 } from '../benchmarks/nasbench201.js';
import type { BenchmarkTable } from '../benchmarks/table.js';
import { takeLock } from '../lock.js';
import { lookUp } from '../search/evaluate.js';
import type { LookUp } from '../search/events.js';
import { checkFolder, paths, prepareFolder, readJson, writeJson } from '../search/folder.js';
import { canonicalJson, type RunRecord, runRecord, sha256 } from '../search/manifest.js';
import { formatArchitecture } from '../spaces/nasbench201/architecture.js';
import { architectureAt } from '../spaces/nasbench201/officialOrder.js';
import type { Budget } from './game.js';
import { anytime, play, type Report, reportOf } from './play.js';
import { defaultBudget, type TableRequest } from './request.js';
import { reportsOf, sightOf } from './sight.js';

export interface TableRivalManifest extends RunRecord {
  format: 'drnas-rival-1';
  digest: string;
  config: TableRequest & { budget: Budget };
  table: { source: string; checksum: string };
}

export interface TableRivalResult {
  rival: TableRequest['rival'];
  seed: number;
  genotype: string;
  index: number;
  /** What the rival saw of its answer, percent; null where it never asked for it. */
  validation: number | null;
  queries: number;
  /** Simulated seconds of training; null where the table does not know them. */
  simulatedSeconds: number | null;
  /** Of this computer. */
  seconds: number;
  report: Report;
  lookup: LookUp;
}

const TITLES = { cifar10: 'CIFAR-10', cifar100: 'CIFAR-100', imagenet16: 'ImageNet16-120' } as const;
const NAMES = { cifar10: 'cifar10', cifar100: 'cifar100', imagenet16: 'imagenet16-120' } as const;

export interface TableRunOptions {
  folder: string;
  /** The same file twice: as columns, and as entries to look up. */
  table: BenchmarkTable<'topology'>;
  lookups: NasBench201;
  /** Without it a folder that holds a run is refused; a finished one is returned as it is. */
  resume?: boolean;
  log?: (line: string) => void;
}

/** Plays, and writes the folder. A run that was cut off is played again from its start: it takes a moment. */
export function runOnTable(
  request: TableRequest,
  { folder, table, lookups, resume = false, log = () => {} }: TableRunOptions,
): TableRivalResult {
  const sight = sightOf(table, { searchOn: request.searchOn, epochs: request.epochs });
  const config = { ...request, budget: request.budget ?? defaultBudget(sight.seconds) };
  const digest = sha256(canonicalJson({ config, table: lookups.checksum }));
  const file = paths(folder);
  if (checkFolder(folder, digest, resume) === 'finished') {
    log(`${folder} is finished already; its stored result is used`);
    return readJson<TableRivalResult>(file.result);
  }
  prepareFolder(folder);
  const release = takeLock(file.lock);
  try {
    const { searchOn, seed } = config;
    const { source, checksum } = lookups;
    const begun = performance.now();
    const played = play(config.rival, sight, { seed, budget: config.budget, settings: config.settings });
    const manifest: TableRivalManifest = {
      format: 'drnas-rival-1',
      digest,
      config,
      table: { source, checksum },
      ...runRecord(
        {
          name: NAMES[searchOn],
          title: `NAS-Bench-201, validation accuracy on ${TITLES[searchOn]} after ${config.epochs} epochs`,
          ...{ source, checksum, notes: [] },
        },
        { name: 'none', engine: 'none', threads: 1, reason: 'the table is only read' },
      ),
    };
    const reports = reportsOf(table);
    const curve = anytime(played.asked, reports);
    const lines = played.asked.map((one, q) =>
      JSON.stringify({ event: 'query', step: q + 1, ...one, best: curve[q] }),
    );
    writeAtomically(file.metrics, `${lines.join('\n')}\n`);
    const genotype = formatArchitecture(architectureAt(played.answer));
    const result: TableRivalResult = {
      rival: config.rival,
      seed,
      genotype,
      index: played.answer,
      validation: played.validation,
      queries: played.asked.length,
      simulatedSeconds: played.asked[played.asked.length - 1].seconds,
      seconds: (performance.now() - begun) / 1000,
      report: reportOf(reports, played.answer),
      lookup: lookUp(lookups, genotype),
    };
    writeJson(file.manifest, { ...manifest, status: 'finished' });
    writeJson(file.result, result);
    return result;
  } finally {
    release();
  }
}
