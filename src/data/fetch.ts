// Gets the official files of a data set into the cache.
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTarGz } from './archive.js';
import {
  CIFAR10_ARCHIVE,
  CIFAR10_ARCHIVE_SHA1,
  CIFAR10_FILES,
  CIFAR10_FOLDER,
  CIFAR10_URL,
  type Cifar10Location,
} from './cifar10.js';
import { type DownloadOptions, download, progressLines } from './download.js';
import { FASHION_FILES, FASHION_URL, type FashionLocation } from './fashion-mnist.js';
import type { DownloadProgress } from './types.js';

export interface FetchOptions extends Partial<Omit<DownloadOptions, 'progress'>> {
  url?: string;
  progress?: (state: DownloadProgress) => void;
}

/**
 * Downloads the CIFAR-10 archive (170 MB) into `folder` and lays its files out as
 * `folder`/cifar-10-batches-bin; the archive is deleted when the files are in place.
 */
export async function fetchCifar10(folder: string, options: FetchOptions = {}): Promise<Cifar10Location> {
  const { url = CIFAR10_URL, log, progress = log && progressLines(log), ...limits } = options;
  const archive = join(folder, CIFAR10_ARCHIVE);
  log?.(`downloading CIFAR-10 from ${url} to ${folder}`);
  const checksum = { algorithm: 'sha1', hex: CIFAR10_ARCHIVE_SHA1 } as const;
  await download(url, archive, { checksum, ...limits, log, progress });
  const files = await readTarGz(archive, (name) => name in CIFAR10_FILES || name === 'batches.meta.txt');
  const building = await mkdtemp(join(folder, `${CIFAR10_FOLDER}.part-`));
  const path = join(folder, CIFAR10_FOLDER);
  try {
    for (const [name, bytes] of files) await writeFile(join(building, name), bytes);
    await rename(building, path);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
  await rm(archive, { force: true });
  return { kind: 'folder', path, reason: 'downloaded' };
}

/** Downloads the four Fashion-MNIST files (30 MB) into `folder`/fashion-mnist. */
export async function fetchFashionMnist(
  folder: string,
  options: FetchOptions = {},
): Promise<FashionLocation> {
  const { url = FASHION_URL, log, progress, ...limits } = options;
  const path = join(folder, 'fashion-mnist');
  log?.(`downloading Fashion-MNIST from ${url} to ${path}`);
  for (const [name, { md5 }] of Object.entries(FASHION_FILES)) {
    const checksum = { algorithm: 'md5', hex: md5 } as const;
    await download(new URL(`${name}.gz`, url).href, join(path, `${name}.gz`), {
      checksum,
      ...limits,
      log,
      progress: progress ?? (log && progressLines(log)),
    });
  }
  return { path, reason: 'downloaded' };
}
