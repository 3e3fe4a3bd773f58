// Gets the official files of a data set into the cache.
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../lock.js';
import { readTarGz } from './archive.js';
import { fileDigest } from './checksum.js';
import { type DownloadOptions, download, progressLines } from './download.js';
import { type DataFile, datasetInfo, type RegistryName } from './registry.js';
import { requireSpace } from './space.js';
import type { DownloadProgress, Location } from './types.js';

export interface FetchOptions extends Partial<Omit<DownloadOptions, 'progress'>> {
  /** Another address of the archive, or of the folder of the files (with a final slash). */
  url?: string;
  progress?: (state: DownloadProgress) => void;
}

/**
 * Downloads what is missing of data set `name` into its folder of the cache; an archive is laid out as the folder and
 * deleted. Nothing appears under its own name before its checksum was right. Several processes may call this at once.
 * @throws where the data set cannot be fetched, the disk has no room, or the download fails
 */
export async function fetchDataset(
  name: RegistryName,
  cache: string,
  options: FetchOptions = {},
): Promise<Location> {
  const info = datasetInfo(name);
  const { log, free } = options;
  const path = join(cache, info.folder);
  if (info.byHand) throw new Error(`${info.title} cannot be downloaded by a program: ${info.byHand}`);
  if (info.files.length === 0) throw new Error(`${info.title}: there is nothing to download`);
  requireSpace(cache, (info.megabytes + (info.archive?.megabytes ?? 0)) * 1e6, free);
  return withLock(
    join(cache, `${info.folder}.lock`),
    async () => {
      await (info.archive ? fetchArchive(name, cache, path, options) : fetchFiles(name, path, options));
      return { kind: 'folder', path, reason: 'downloaded' };
    },
    { onWait: ({ pid }) => log?.(`process ${pid} is fetching ${info.title}; waiting for it`) },
  );
}

async function fetchArchive(name: RegistryName, cache: string, path: string, options: FetchOptions) {
  const { title, archive, files } = datasetInfo(name);
  const { url = archive!.url!, log, progress = log && progressLines(log), ...limits } = options;
  const isOfficial = async (file: DataFile) => {
    const place = join(path, file.name);
    return existsSync(place) && (await fileDigest(file.algorithm, place)) === file.hex;
  };
  if ((await Promise.all(files.map(isOfficial))).every(Boolean)) return;
  const { algorithm, hex } = archive!;
  const packed = join(cache, archive!.name);
  log?.(`downloading ${title} from ${url} to ${cache}`);
  await download(url, packed, { checksum: { algorithm, hex }, ...limits, log, progress });
  const wanted = new Set(files.map((file) => file.name));
  const contents = await readTarGz(packed, (entry) => wanted.has(entry) || /\.(txt|html)$/.test(entry));
  // Built aside and moved, so that a half-unpacked folder never carries the name.
  const building = await mkdtemp(join(cache, `${datasetInfo(name).folder}.part-`));
  try {
    for (const [entry, bytes] of contents) await writeFile(join(building, entry), bytes);
    if (!existsSync(path)) await rename(building, path);
    else for (const entry of contents.keys()) await rename(join(building, entry), join(path, entry));
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  await rm(packed, { force: true });
}

async function fetchFiles(name: RegistryName, path: string, options: FetchOptions) {
  const { title, files } = datasetInfo(name);
  const { url, log, progress, ...limits } = options;
  log?.(`downloading ${title} from ${url ?? new URL('.', files[0].url).href} to ${path}`);
  await mkdir(path, { recursive: true });
  for (const file of files) {
    const checksum = { algorithm: file.algorithm, hex: file.hex };
    await download(url ? new URL(file.name, url).href : file.url!, join(path, file.name), {
      checksum,
      ...limits,
      log,
      progress: progress ?? (log && progressLines(log)),
    });
  }
}

/** Files that an interrupted download left in the cache, by name. */
export function leftovers(cache: string): string[] {
  if (!existsSync(cache)) return [];
  return readdirSync(cache, { recursive: true })
    .map(String)
    .filter((file) => /\.part(-\w+)?$/.test(file));
}
