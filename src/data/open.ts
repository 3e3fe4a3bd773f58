// Opens a data set by name, or the best one that is at hand, and says which and why.
import { existsSync } from 'node:fs';
import { type FetchOptions, fetchDataset } from './fetch.js';
import { openImageNet } from './imagenet/dataset.js';
import { cacheFolder, dataPlaces, describePlaces } from './places.js';
import { drawProcedural } from './procedural.js';
import { DATASETS } from './registry.js';
import { sizeFactor } from './resize.js';
import { SOURCES } from './sources.js';
import { DATASET_NAMES, type Dataset, type DatasetName, type Location, type OpenOptions } from './types.js';

// `auto` may not keep a newcomer waiting: the server has to answer at once and the whole to take minutes.
const HURRY: FetchOptions = { connectSeconds: 5, idleSeconds: 15, retries: 2, patienceSeconds: 300 };
// What `auto` takes, best first.
const AUTO = ['cifar10', 'fashion-mnist'] as const;

/**
 * Opens a data set. `auto`: CIFAR-10 if found, else Fashion-MNIST if found, else CIFAR-10 if it can be
 * downloaded in a few minutes, else the procedural set. Throws on damaged or altered files, on an image
 * size that the data set cannot be had in, and on data that are named but neither found nor to be had.
 */
export async function openDataset(
  name: 'auto' | DatasetName = 'auto',
  options: OpenOptions = {},
): Promise<Dataset> {
  const known = ['auto', ...DATASET_NAMES];
  if (!known.includes(name)) throw new Error(`data set "${name}": expected one of ${known.join(', ')}`);
  if (name === 'imagenet') {
    const dataset = await openImageNet(options);
    options.log?.(`data: ${dataset.title}, found at ${dataset.source}`);
    for (const note of dataset.notes) options.log?.(`note: ${note}`);
    return dataset;
  }
  // A wrong size is said before anything is read or downloaded.
  sizeFactor(name === 'auto' ? 32 : DATASETS[name].side!, options.imageSize);
  const log = options.log ?? (() => {});
  for (const { path, reason } of dataPlaces(options)) {
    if (reason === 'DRNAS_DATA' && !existsSync(path)) log(`DRNAS_DATA is ${path}, which does not exist`);
  }
  const { dataset, why } = await choose(name, options);
  log(`data: ${dataset.title}, ${why}`);
  for (const note of dataset.notes) log(`note: ${note}`);
  return dataset;
}

interface Choice {
  dataset: Dataset;
  why: string;
}

async function choose(
  name: 'auto' | Exclude<DatasetName, 'imagenet'>,
  options: OpenOptions,
): Promise<Choice> {
  if (name === 'procedural') return { dataset: drawProcedural(options), why: 'drawn on the spot' };
  const candidates = name === 'auto' ? AUTO : [name];
  for (const candidate of candidates) {
    const found = SOURCES[candidate].find(options);
    if (!found) continue;
    const missing = candidate === candidates[0] ? '' : `; ${DATASETS[candidates[0]].title} was not found`;
    return {
      dataset: await SOURCES[candidate].read(found, options),
      why: `found at ${found.path} (${found.reason})${missing}`,
    };
  }
  const first = candidates[0];
  const { expected } = SOURCES[first];
  if (options.folder !== undefined) {
    const what = name === 'auto' ? 'data set' : DATASETS[name].title;
    throw new Error(`no ${what} in ${options.folder}: expected ${expected}`);
  }
  const searched = describePlaces(dataPlaces(options));
  const failure = await fetched(first, name === 'auto' ? HURRY : {}, options);
  if (typeof failure !== 'string') return failure;
  if (name !== 'auto') {
    throw new Error(
      `${DATASETS[name].title} was not found in ${searched}, and ${failure}; put ${expected} there, or choose the data ` +
        'set procedural',
    );
  }
  const why = `because no photographs are at hand: neither CIFAR-10 nor Fashion-MNIST was found in ${searched}, and ${failure}`;
  return { dataset: drawProcedural(options), why };
}

/** The data set by download, or the reason why not, as half a sentence. */
async function fetched(
  name: keyof typeof SOURCES,
  limits: FetchOptions,
  options: OpenOptions,
): Promise<Choice | string> {
  if (options.download === false) return 'downloading is switched off';
  const { log, progress, mirror: url, cache } = options;
  let location: Location;
  try {
    const settings = { log, progress, ...limits, ...(url ? { url } : {}) };
    location = await fetchDataset(name, cacheFolder(cache), settings);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return { dataset: await SOURCES[name].read(location, options), why: `downloaded to ${location.path}` };
}
