// `drnas rival`: the other methods of Table 4, over the benchmark's table in a moment, or with weight sharing as a run.
import { Command, InvalidArgumentError, Option } from 'commander';
import { preferences } from '../backend/choose.js';
import { BENCHMARK_DATASETS } from '../benchmarks/nasbench201.js';
import { RIVAL_NAMES, rivalRequest, type SharingRequest } from '../rivals/request.js';
import { rivalFolder, runSharing, type SharingResult } from '../rivals/sharing/run.js';
import { PRESETS } from '../search/config.js';
import { openWorkplace } from '../search/start.js';
import { abortOnSignal } from './abort.js';
import { integer, number } from './parsers.js';
import { type RivalOptions, settingsOf } from './rivalOptions.js';
import { rivalProgress } from './rivalProgress.js';
import { list, overTable, results, trivial } from './rivalTable.js';
import { describeLookUp } from './search.js';
import { seedList } from './seeds.js';

export function rivalCommand(): Command {
  return new Command('rival')
    .description("the other methods of the paper's Table 4, and what needs no search")
    .argument('<name>', `${RIVAL_NAMES.join(', ')}, trivial, results, or list`)
    .option('--seed <n>', 'every random draw follows from it (default: 0)', integer)
    .option('--seeds <list>', 'over the table: many searches, as 0-499, and their spread', seedList)
    .option('--queries <n>', 'over the table: architectures that may be asked for', integer)
    .option('--simulated-seconds <x>', 'over the table: seconds of training that may be spent', number)
    .addOption(
      new Option('--search-on <name>', 'over the table: whose validation accuracy is seen').choices([
        ...BENCHMARK_DATASETS,
      ]),
    )
    .option('--seen-epochs <n>', 'over the table: after how many epochs, 12 or 200 (default: 12)', integer)
    .addOption(
      new Option('--scale <name>', 'weight sharing: preset (default: laptop)').choices(Object.keys(PRESETS)),
    )
    .option('--candidates <n>', 'weight sharing: architectures judged with the trained weights', integer)
    .option('--candidate-images <n>', 'weight sharing: validation images to judge each by', integer)
    .option(
      '--set <name=json>',
      "any other setting: the rival's own over the table; of the search, or controller.NAME, with weight sharing",
      (v: string, all: string[] = []) => [...all, v],
    )
    .option('--config <file>', 'settings as JSON; options change them')
    .option('--out <path>', 'run folder; with --seeds a JSON file')
    .option('--resume', 'continue the run that is in the folder; of a JSON file, overwrite it')
    .option('--json', 'print the result as JSON on stdout')
    .option('--quiet', 'no progress')
    .option('--table <file>', 'NAS-Bench-201 table')
    .addOption(new Option('--backend <name>', 'weight sharing: what computes').choices([...preferences]))
    .option('--threads <n>', 'weight sharing: threads of the CPU backend', integer)
    .option('--data-folder <path>', 'weight sharing: folder that holds the data set')
    .addHelpText(
      'after',
      `
Examples:
  drnas rival list                                   every row of Table 4, and how it runs here
  drnas rival results --out runs/table4-rivals/results.json
                                                     the rows that the table answers by itself, for the report
  drnas rival trivial                                cells without a search, and the exact law of random search
  drnas rival random --seeds 0-499 --queries 100     500 searches over the table, and their spread
  drnas rival evolution --seed 3 --out runs/evolution
  drnas rival rsps --scale laptop --seed 0           shared weights on random paths, then the best of 100
  drnas rival enas --set controller.learningRate=0.005`,
    )
    .action(async (name: string, options: RivalOptions) => {
      if (name === 'list') return list(options);
      if (name === 'trivial') return trivial(options);
      if (name === 'results') return results(options);
      const request = rivalRequest(settingsOf(name, options));
      if (request.kind === 'table') await overTable(request, options);
      else await withSharing(request, options);
    });
}

async function withSharing({ config }: SharingRequest, options: RivalOptions): Promise<void> {
  if (options.seeds)
    throw new InvalidArgumentError('--seeds is for rivals over the table: run one seed at a time');
  const { quiet, backend, threads, dataFolder, table: tableFile } = options;
  const log = quiet ? () => {} : (line: string) => console.error(line);
  const workplace = await openWorkplace(config.search, { backend, threads, dataFolder, tableFile, log });
  const folder = options.out ?? rivalFolder(config, workplace.dataset);
  const progress = rivalProgress(config, workplace.dataset, quiet === true);
  let result: SharingResult;
  try {
    const signal = abortOnSignal(`interrupted; continue with --resume --out ${folder}`);
    result = await runSharing(config, {
      ...workplace,
      folder,
      resume: options.resume,
      signal,
      onEvent: progress.onEvent,
      log,
    });
  } finally {
    progress.stop();
  }
  const { scale, seed } = config.search;
  if (options.json)
    return console.log(JSON.stringify({ folder, dataset: workplace.dataset.title, scale, ...result }));
  console.log(`found        ${result.genotype}`);
  console.log(
    `searched on  ${workplace.dataset.title}, scale ${scale}, seed ${seed}, ${result.steps} weight updates, ${result.seconds.toFixed(0)} s`,
  );
  console.log(
    `judged       best of ${result.candidates} (${result.distinct} different), ${(100 * result.sharedAccuracy).toFixed(1)} % with the shared weights`,
  );
  console.log(
    result.lookup
      ? `table        ${describeLookUp(result.lookup)}`
      : 'table        none at hand, so no benchmark accuracy is known',
  );
  console.log(`folder       ${folder}`);
}
