// Opens a data set by name, or the best one that is at hand, and says which and why.
import { existsSync } from 'node:fs';
import { CIFAR10_FOLDER, findCifar10, readCifar10 } from './cifar10.js';
import { FASHION_DEBIAN, findFashionMnist, readFashionMnist } from './fashion-mnist.js';
import { type FetchOptions, fetchCifar10, fetchFashionMnist } from './fetch.js';
import { cacheFolder, dataPlaces, describePlaces } from './places.js';
import { drawProcedural } from './procedural.js';
import { sizeFactor } from './resize.js';
import { DATASET_NAMES, type Dataset, type DatasetName, type OpenOptions } from './types.js';

// `auto` may not keep a newcomer waiting: the server has to answer at once and the whole to take minutes.
const HURRY: FetchOptions = { connectSeconds: 5, idleSeconds: 15, retries: 2, patienceSeconds: 300 };

/**
 * Opens a data set. `auto`: CIFAR-10 if found, else Fashion-MNIST if found, else CIFAR-10 if it can be
 * downloaded in a few minutes, else the procedural set. Throws on damaged or altered files, on an image
 * size that is not 32, 16 or 8, and on data that are named but neither found nor to be had.
 */
export async function openDataset(
  name: 'auto' | DatasetName = 'auto',
  options: OpenOptions = {},
): Promise<Dataset> {
  const known = ['auto', ...DATASET_NAMES];
  if (!known.includes(name)) throw new Error(`data set "${name}": expected one of ${known.join(', ')}`);
  sizeFactor(32, options.imageSize); // a wrong size is said before anything is read or downloaded
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

async function choose(name: 'auto' | DatasetName, options: OpenOptions): Promise<Choice> {
  const auto = name === 'auto';
  if (name === 'procedural') return { dataset: drawProcedural(options), why: 'drawn on the spot' };

  const cifar10 = name === 'fashion-mnist' ? undefined : findCifar10(options);
  if (cifar10) {
    const why = `found at ${cifar10.path} (${cifar10.reason})`;
    return { dataset: await readCifar10(cifar10, options), why };
  }
  const fashion = name === 'cifar10' ? undefined : findFashionMnist(options);
  if (fashion) {
    const why = `found at ${fashion.path} (${fashion.reason})${auto ? '; CIFAR-10 was not found' : ''}`;
    return { dataset: await readFashionMnist(fashion, options), why };
  }

  const title = name === 'fashion-mnist' ? 'Fashion-MNIST' : 'CIFAR-10';
  const searched = describePlaces(dataPlaces(options));
  if (options.folder !== undefined) {
    throw new Error(
      `no ${auto ? 'data set' : title} in ${options.folder}: expected ` +
        (name === 'fashion-mnist'
          ? 'train-images-idx3-ubyte(.gz) and its three companions'
          : `the folder ${CIFAR10_FOLDER} or the archive cifar-10-binary.tar.gz`),
    );
  }
  const failure = await fetched(name, options);
  if (typeof failure !== 'string') return failure;
  if (!auto) {
    throw new Error(
      `${title} was not found in ${searched}, and ${failure}; put ` +
        (name === 'cifar10'
          ? `the folder ${CIFAR10_FOLDER} or the archive cifar-10-binary.tar.gz`
          : `its four files (Debian's package dataset-fashion-mnist puts them into ${FASHION_DEBIAN})`) +
        ' there, or choose --data procedural',
    );
  }
  const why = `because no photographs are at hand: neither CIFAR-10 nor Fashion-MNIST was found in ${searched}, and ${failure}`;
  return { dataset: drawProcedural(options), why };
}

/** The data set by download, or the reason why not, as half a sentence. */
async function fetched(name: 'auto' | DatasetName, options: OpenOptions): Promise<Choice | string> {
  if (options.download === false) return 'downloading is switched off';
  const { log, progress, mirror, cache } = options;
  const settings: FetchOptions = { log, progress, ...(name === 'auto' ? HURRY : {}) };
  const folder = cacheFolder(cache);
  let read: () => Promise<Dataset>;
  let path: string;
  try {
    if (name === 'fashion-mnist') {
      const location = await fetchFashionMnist(folder, settings);
      [path, read] = [location.path, () => readFashionMnist(location, options)];
    } else {
      const location = await fetchCifar10(folder, mirror ? { ...settings, url: mirror } : settings);
      [path, read] = [location.path, () => readCifar10(location, options)];
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return { dataset: await read(), why: `downloaded to ${path}` };
}
