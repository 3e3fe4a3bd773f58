// `drnas data`: which data sets there are, where they lie, whether they are intact; and fetching them.
import { existsSync } from 'node:fs';
import cliProgress from 'cli-progress';
import { Command } from 'commander';
import { progressLines } from '../data/download.js';
import { fetchDataset, leftovers } from '../data/fetch.js';
import { openImageFolder } from '../data/imagenet/folder.js';
import { drawSearchSample, writeSearchSample } from '../data/imagenet/sample.js';
import { cacheFolder, dataPlaces, describePlaces } from '../data/places.js';
import { DATASETS, datasetInfo, REGISTRY_NAMES, type RegistryName } from '../data/registry.js';
import { freeBytes } from '../data/space.js';
import type { DownloadProgress, Location } from '../data/types.js';
import { locateDataset, verifyDataset } from '../data/verify.js';
import { integer } from './parsers.js';

interface Options {
  folder?: string;
  json?: boolean;
}

const size = (megabytes: number) =>
  megabytes >= 1000 ? `${(megabytes / 1000).toFixed(1)} GB` : `${megabytes} MB`;
const DRAWN = 'drawn by the program when asked for';

/** The names given, all of them checked; none given: all there are. */
function chosen(names: string[]): RegistryName[] {
  for (const name of names) datasetInfo(name);
  return names.length > 0 ? (names as RegistryName[]) : [...REGISTRY_NAMES];
}

/** A progress bar on a terminal, a line for each tenth elsewhere. */
function downloadProgress() {
  if (!process.stderr.isTTY) return { show: progressLines((line) => console.error(line)), stop: () => {} };
  const bar = new cliProgress.SingleBar({
    format: '{file} {bar} {percentage} % | {megabytes} of {all} MB | {rate} MB/s | {left} s left',
    stream: process.stderr,
    hideCursor: true,
  });
  let shown: string | undefined;
  return {
    show: ({ file, received, total, bytesPerSecond }: DownloadProgress) => {
      const payload = {
        file,
        megabytes: (received / 1e6).toFixed(0),
        all: total === undefined ? '?' : (total / 1e6).toFixed(0),
        rate: (bytesPerSecond / 1e6).toFixed(1),
        left: total === undefined ? '?' : Math.ceil((total - received) / Math.max(1, bytesPerSecond)),
      };
      if (shown !== file) {
        if (shown !== undefined) bar.stop();
        bar.start(total ?? received, received, payload);
        shown = file;
      }
      bar.update(received, payload);
    },
    stop: () => bar.stop(),
  };
}

const described = (location: Location | undefined) =>
  location ? `${location.path} (${location.reason})` : null;

function listCommand(): Command {
  return new Command('list')
    .description('all data sets, and where each was found')
    .option('--folder <path>', 'look there only')
    .option('--json', 'print JSON')
    .action(({ folder, json }: Options) => {
      const rows = REGISTRY_NAMES.map((name) => {
        const { title, images, licence, citation, page, megabytes, byHand } = DATASETS[name];
        const found = locateDataset(name, { folder });
        return {
          name,
          title,
          images,
          licence,
          citation,
          page,
          megabytes,
          byHand,
          found: found?.path ?? null,
        };
      });
      if (json) return console.log(JSON.stringify(rows));
      for (const { name, title, images, licence, megabytes, byHand, found } of rows) {
        console.log(`${name}\n  ${title}: ${images}`);
        console.log(`  licence: ${licence}`);
        const how = byHand ? 'by hand' : `"drnas data fetch ${name}" gets it`;
        console.log(
          `  ${name === 'procedural' ? DRAWN : found ? `found: ${found}` : `not found, ${size(megabytes)}; ${how}`}`,
        );
      }
    });
}

function fetchCommand(): Command {
  return new Command('fetch')
    .description('download data sets into the cache, and check them')
    .argument('<names...>', `of ${REGISTRY_NAMES.join(', ')}`)
    .option('--folder <path>', 'download to this folder instead of datasets/cache/')
    .option('--url <address>', 'another address of the archive, or of the folder of the files')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nA broken download goes on where it stopped. A file appears under its name only when its checksum is right.',
    )
    .action(async (names: string[], { folder, url, json }: Options & { url?: string }) => {
      const cache = cacheFolder(folder);
      const fetched: Record<string, string> = {};
      for (const name of chosen(names)) {
        const { title, licence, citation, page, megabytes } = datasetInfo(name);
        console.error(`${title}, ${size(megabytes)}, from ${page}`);
        console.error(`licence: ${licence}`);
        console.error(`please cite: ${citation}`);
        const bar = downloadProgress();
        try {
          const location = await fetchDataset(name, cache, {
            url,
            log: (line) => console.error(line),
            progress: bar.show,
          });
          fetched[name] = location.path;
        } finally {
          bar.stop();
        }
        console.error(`free disk: ${size(Math.floor(freeBytes(cache) / 1e6))}`);
      }
      if (json) console.log(JSON.stringify(fetched));
      else for (const [name, path] of Object.entries(fetched)) console.log(`${name}: ${path}`);
    });
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('compare the files at hand with their published checksums')
    .argument('[names...]', `of ${REGISTRY_NAMES.join(', ')}; default: all that are found`)
    .option('--folder <path>', 'look there only')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nThe exit status is 1 where a file is altered or missing.')
    .action(async (names: string[], { folder, json }: Options) => {
      const report: Record<string, unknown> = {};
      let wrong = false;
      for (const name of chosen(names)) {
        const location = locateDataset(name, { folder });
        if (!location || DATASETS[name].files.length === 0) {
          const why = location ? 'no checksums are published' : 'not found';
          if (names.length > 0 || location) {
            if (!json) console.log(`${name}: ${name === 'procedural' ? DRAWN : why}`);
            wrong ||= !location && name !== 'procedural';
          }
          continue;
        }
        const states = await verifyDataset(name, location);
        report[name] = states;
        wrong ||= states.some(({ state }) => state !== 'official');
        if (json) continue;
        for (const { file, state, algorithm, expected, found } of states) {
          const detail = state === 'altered' ? `: ${algorithm} ${found}, published ${expected}` : '';
          console.log(`${name}: ${file} is ${state}${detail}`);
        }
      }
      if (json) console.log(JSON.stringify(report));
      if (wrong) process.exitCode = 1;
    });
}

function whereCommand(): Command {
  return new Command('where')
    .description('the folders that are searched, and where each data set was found')
    .argument('[names...]', `of ${REGISTRY_NAMES.join(', ')}; default: all`)
    .option('--folder <path>', 'look there only')
    .option('--json', 'print JSON')
    .action((names: string[], { folder, json }: Options) => {
      const places = dataPlaces({ folder });
      const found = Object.fromEntries(
        chosen(names).map((name) => [name, described(locateDataset(name, { folder }))]),
      );
      const broken = leftovers(cacheFolder());
      if (json) return console.log(JSON.stringify({ places, found, unfinished: broken }));
      console.log(`searched: ${describePlaces(places)}`);
      for (const [name, place] of Object.entries(found)) {
        console.log(`${name}: ${name === 'procedural' ? DRAWN : (place ?? 'not found')}`);
      }
      for (const file of broken) console.log(`unfinished download: ${file}`);
    });
}

function sampleCommand(): Command {
  return new Command('sample')
    .description("draw the images of ImageNet that a search sees: the paper's 10 % and 2.5 % of each class")
    .requiredOption('--seed <n>', 'the draw follows from it', integer)
    .requiredOption('--out <file>', 'list of the images, as text')
    .option('--folder <path>', 'look there only')
    .option('--force', 'overwrite the list')
    .option('--json', 'print JSON')
    .action(
      ({ seed, out, folder, force, json }: Options & { seed: number; out: string; force?: boolean }) => {
        if (existsSync(out) && !force)
          throw new Error(`${out} exists: add --force to overwrite it, or choose another name`);
        const { train, classes, title } = openImageFolder({ folder });
        const sample = drawSearchSample(train, classes, { seed });
        writeSearchSample(out, train, sample, `${title}: 10 % and 2.5 % of each class, seed ${seed}`);
        const counts = { weights: sample.weights.length, alpha: sample.alpha.length };
        if (json) return console.log(JSON.stringify({ out, ...counts }));
        console.log(`${out}: ${counts.weights} images for the weights, ${counts.alpha} for alpha`);
      },
    );
}

export function dataCommand(): Command {
  const command = new Command('data').description('data sets: list, fetch, verify, where, sample');
  for (const sub of [listCommand(), fetchCommand(), verifyCommand(), whereCommand(), sampleCommand()])
    command.addCommand(sub);
  return command;
}
