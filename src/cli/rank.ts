// `drnas rank`: all 15,625 architectures by a run's supernet, and how well that agrees with the table.
import { resolve } from 'node:path';
import cliProgress from 'cli-progress';
import { Command, Option } from 'commander';
import { writeAtomically } from '../atomic.js';
import { openTopology } from '../benchmarks/open.js';
import { loadPartial, removePartial, savePartial } from '../diagnostics/partialRanking.js';
import {
  nasbench201Net,
  type PartialRanking,
  type RankProgress,
  rankAll,
  type SupernetScores,
} from '../diagnostics/rankAll.js';
import { type RankingRow, rankingReport, type Truth, truthsOf } from '../diagnostics/rankingReport.js';
import type { NormStatistics } from '../diagnostics/sameFunction.js';
import { writeJson } from '../search/folder.js';
import { formatArchitecture } from '../spaces/nasbench201/architecture.js';
import { allArchitectures } from '../spaces/nasbench201/officialOrder.js';
import { abortOnSignal } from './abort.js';
import {
  checkDiagnosis,
  checkOutput,
  type DiagnosisOptions,
  diagnose,
  diagnosisOptions,
} from './diagnosis.js';
import { minutes } from './progress.js';

interface Options extends DiagnosisOptions {
  statistics: NormStatistics;
  csv?: string;
  table?: string;
}

export function rankCommand(): Command {
  const command = new Command('rank').description(
    'rank all 15,625 architectures of NAS-Bench-201 by the supernet of a search',
  );
  const json = 'write scores and report; an interrupted ranking goes on from FILE.part';
  return diagnosisOptions(command, { images: 128, json })
    .addOption(
      new Option(
        '--statistics <name>',
        'by which batch norms normalise: of the batch at hand, or the running ones',
      )
        .choices(['batch', 'running'])
        .default('batch'),
    )
    .option('--csv <file>', 'write one line an architecture')
    .option('--table <file>', 'NAS-Bench-201 table')
    .action(async (folder: string, options: Options) => {
      const { images, batchSize, statistics, json, csv } = options;
      if (json && csv && resolve(json) === resolve(csv))
        throw new Error(`--json and --csv are both ${csv}: name two files`);
      const { space } = checkDiagnosis(folder, options);
      checkOutput(csv, options.force);
      if (space === 'darts')
        throw new Error(
          `${folder} is a search in the space darts: only nasbench201 is small enough to rank all of it`,
        );
      const table = openTopology({ file: options.table, log: (line) => console.error(line) });
      const part = json && `${json}.part`;
      const { found: scores, facts } = await diagnose(folder, options, (run, batches) => {
        // Sums by another backend differ in their last bits.
        const key = JSON.stringify([run.digest, images, batchSize, statistics, run.backend.name]);
        const bar = rankingBar();
        return rankAll(nasbench201Net(run.state), batches, {
          statistics,
          mask: run.state.mask,
          from: part ? loadPartial(part, key) : undefined,
          signal: abortOnSignal(part ? 'interrupted; the same command goes on from here' : 'interrupted'),
          onProgress: bar.onProgress((partial) => {
            if (part) savePartial(part, key, partial);
          }),
        }).finally(bar.stop);
      });
      const truths = table ? truthsOf(table) : [];
      const rows = rankingReport(scores, truths);
      if (json) {
        const { accuracy, loss, ...counts } = scores;
        writeJson(json, { ...facts, ...counts, rows, accuracy: [...accuracy], loss: [...loss] });
        removePartial(`${json}.part`);
      }
      if (csv) writeAtomically(csv, csvOf(scores, truths));
      const { seconds, backend } = facts;
      console.log(
        `${scores.architectures} architectures, ${scores.functions} different functions, on ${images} images in batches of ${batchSize} by ${statistics} statistics: ${seconds.toFixed(1)} s, ${backend.engine}, ${backend.threads} thread(s)`,
      );
      for (const line of reportLines(rows, Object.keys(rows[0]?.recall ?? {}).map(Number))) console.log(line);
      if (!table) console.log('no table is at hand, so there is nothing to compare with');
    });
}

/** A bar on a terminal, a line every ten seconds elsewhere; `save` is called every five. */
function rankingBar() {
  const terminal = process.stderr.isTTY;
  const bar = new cliProgress.SingleBar({
    format: 'rank {bar} {percentage} % | {left} left',
    stream: process.stderr,
    hideCursor: true,
  });
  let started = false;
  const last = { saved: performance.now(), said: performance.now() };
  const onProgress =
    (save: (partial: PartialRanking) => void) =>
    ({ part, secondsLeft, partial }: RankProgress) => {
      const now = performance.now();
      if (terminal) {
        if (!started) bar.start(100, 0, { left: '–' });
        started = true;
        bar.update(100 * part, { left: minutes(secondsLeft) });
      } else if (now - last.said > 10_000) {
        console.error(`rank: ${(100 * part).toFixed(0)} %, ${minutes(secondsLeft)} left`);
        last.said = now;
      }
      if (now - last.saved > 5_000) {
        save(partial);
        last.saved = now;
      }
    };
  return { onProgress, stop: () => started && bar.stop() };
}

/** One line an architecture: its scores and what the table says. */
function csvOf({ accuracy, loss }: SupernetScores, truths: readonly Truth[]): string {
  const head = [
    'index',
    'arch',
    'supernet_accuracy',
    'supernet_loss',
    ...truths.map(({ dataset, set }) => `${dataset}_${set}`),
  ];
  const lines = allArchitectures().map((architecture, i) =>
    [
      i,
      formatArchitecture(architecture),
      accuracy[i],
      loss[i],
      ...truths.map(({ values }) => values[i]),
    ].join(),
  );
  return `${[head.join(), ...lines].join('\n')}\n`;
}

function reportLines(rows: readonly RankingRow[], at: readonly number[]): string[] {
  const shown = at.filter((k) => [5, 20, 100].includes(k));
  return rows.map(
    ({ dataset, set, scorer, tau, tauBestTenth, spearman, regret, recall }) =>
      `${dataset} ${set} by ${scorer}: tau ${tau.toFixed(3)}, in the best tenth ${tauBestTenth.toFixed(3)}, Spearman ${spearman.toFixed(3)}, ` +
      `regret ${regret.toFixed(2)} points, recall ${shown.map((k) => `@${k} ${recall[k].toFixed(2)}`).join(' ')}`,
  );
}
