// Fetches a file over HTTP(S): progress, resume of a broken transfer, time limits, checksum, atomic rename.
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { basename, dirname } from 'node:path';
import { withLock } from '../lock.js';
import { fileDigest, type HashName } from './checksum.js';
import { FinalError, NoAnswer, request } from './request.js';
import { freeBytes, requireSpace } from './space.js';
import type { DownloadProgress } from './types.js';

export interface DownloadOptions {
  checksum: { algorithm: HashName; hex: string };
  /** Seconds until the server must have answered. */
  connectSeconds?: number;
  /** Seconds without a byte after which the transfer counts as broken. */
  idleSeconds?: number;
  /** How often a broken transfer is taken up again. */
  retries?: number;
  /** Seconds between two tries. */
  pauseSeconds?: number;
  /** Give up when the whole looks like taking longer than this. */
  patienceSeconds?: number;
  /** Seconds before the rate is judged: that of the first moments says little. */
  settlingSeconds?: number;
  progress?: (state: DownloadProgress) => void;
  log?: (line: string) => void;
  /** Free bytes of a folder's disk; tests pretend other ones. */
  free?: (folder: string) => number;
}

const DEFAULTS = {
  connectSeconds: 10,
  idleSeconds: 30,
  retries: 5,
  pauseSeconds: 1,
  patienceSeconds: Infinity,
  settlingSeconds: 3,
  free: freeBytes,
};
const REPORT_SECONDS = 0.2;

/**
 * Downloads `url` to `file`. What has arrived is kept in `file`.part, and a later call goes on from there;
 * `file` itself appears only when it is complete and its checksum is right. Of several processes one downloads;
 * the others wait for it and find the file there.
 */
export async function download(url: string, file: string, options: DownloadOptions): Promise<void> {
  const settings = { ...DEFAULTS, ...options };
  await mkdir(dirname(file), { recursive: true });
  await withLock(`${file}.lock`, () => downloadAlone(url, file, settings), {
    onWait: ({ pid }) => settings.log?.(`${basename(file)}: process ${pid} is downloading it; waiting`),
  });
}

async function downloadAlone(url: string, file: string, settings: Settings): Promise<void> {
  const { algorithm, hex } = settings.checksum;
  if ((await sizeOf(file)) > 0 && (await fileDigest(algorithm, file)) === hex) return;
  const part = `${file}.part`;
  let fresh = (await sizeOf(part)) === 0;
  let answered = false;
  for (let failures = 0; ; ) {
    try {
      const answer = await transfer(url, part, settings);
      if (answer === 'from the start') fresh = true;
    } catch (error) {
      failures++;
      const reason = error instanceof Error ? error.message : String(error);
      if (!(error instanceof NoAnswer)) answered = true;
      if (error instanceof FinalError || !answered || failures > settings.retries) {
        throw new Error(`download of ${url} failed: ${reason}`, { cause: error });
      }
      settings.log?.(`download of ${basename(file)} broke off (${reason}); taking it up again`);
      await new Promise((resolve) => setTimeout(resolve, settings.pauseSeconds * 1000));
      continue;
    }
    const found = await fileDigest(algorithm, part);
    if (found === hex) break;
    await rm(part, { force: true });
    if (fresh) {
      throw new Error(
        `download of ${url}: the ${algorithm} checksum is ${found}, expected ${hex}; the file was discarded. ` +
          'The server sent something else; try again later or use another mirror',
      );
    }
    // The piece kept from an earlier run may belong to another file: once more without it.
    settings.log?.(`${basename(file)}: the resumed file has a wrong checksum; downloading it anew`);
    fresh = true;
  }
  await rename(part, file);
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

type Settings = typeof DEFAULTS & DownloadOptions;

/** One try: appends to `part` what is missing of it. */
async function transfer(
  url: string,
  part: string,
  settings: Settings,
): Promise<'from the start' | 'resumed'> {
  const have = await sizeOf(part);
  const response = await request(url, have > 0 ? { range: `bytes=${have}-` } : {}, settings.connectSeconds);
  try {
    if (response.statusCode === 416) {
      // Nothing to send after `have`: the part is complete, or longer than the file. The checksum tells.
      const total = Number(/\/(\d+)$/.exec(response.headers['content-range'] ?? '')?.[1] ?? have);
      if (have === total) return 'resumed';
      await rm(part, { force: true });
      throw new Error(`the part kept is longer (${have} bytes) than the file (${total})`);
    }
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers['content-range'] ?? '');
    const resumed = response.statusCode === 206 && range !== null && Number(range[1]) === have;
    if (!resumed && response.statusCode !== 200) {
      throw new FinalError(
        `the server answered ${response.statusCode} ${response.statusMessage ?? ''}`.trim(),
      );
    }
    const length = response.headers['content-length'];
    const total = resumed ? Number(range[2]) : length === undefined ? undefined : Number(length);
    if (total !== undefined) {
      try {
        requireSpace(dirname(part), total - (resumed ? have : 0), settings.free);
      } catch (error) {
        throw new FinalError((error as Error).message);
      }
    }
    await store(response, part, resumed ? have : 0, total, settings);
    return resumed ? 'resumed' : 'from the start';
  } finally {
    response.destroy();
  }
}

async function store(
  response: IncomingMessage,
  part: string,
  have: number,
  total: number | undefined,
  settings: Settings,
): Promise<void> {
  const file = basename(part, '.part');
  response.socket.setTimeout(settings.idleSeconds * 1000, () =>
    response.destroy(new Error(`nothing arrived for ${settings.idleSeconds} s`)),
  );
  const handle = await open(part, have > 0 ? 'a' : 'w');
  const start = performance.now();
  let received = have;
  let reported = -Infinity;
  const report = (seconds: number) =>
    settings.progress?.({
      file,
      received,
      total,
      bytesPerSecond: (received - have) / Math.max(seconds, 1e-3),
    });
  try {
    for await (const piece of response) {
      await write(handle, piece as Buffer);
      received += (piece as Buffer).length;
      const seconds = (performance.now() - start) / 1000;
      if (seconds - reported >= REPORT_SECONDS) {
        reported = seconds;
        report(seconds);
      }
      const rate = (received - have) / seconds;
      const left = total === undefined ? 0 : (total - received) / rate;
      if (seconds >= settings.settlingSeconds && seconds + left > settings.patienceSeconds) {
        throw new FinalError(
          `it would take about ${Math.ceil(left / 60)} more minutes at ${Math.round(rate / 1000)} kB/s ` +
            '(what has arrived is kept)',
        );
      }
    }
    if (total !== undefined && received < total) {
      throw new Error(`the connection ended after ${received} of ${total} bytes`);
    }
    await handle.sync(); // on the disk before the name says that it is
    report((performance.now() - start) / 1000);
  } finally {
    await handle.close();
  }
}

/** Writes all of `bytes`. A disk that is full will not empty itself: no second try. */
async function write(handle: FileHandle, bytes: Buffer): Promise<void> {
  try {
    for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
      throw new FinalError('the disk is full (what has arrived is kept): make room and start again');
    }
    throw new FinalError(`it cannot be stored: ${(error as Error).message}`);
  }
}

/** Progress as lines of text: one for every tenth of a file, of one file after the other. */
export function progressLines(log: (line: string) => void): (state: DownloadProgress) => void {
  let current = '';
  let tenth = 0;
  return ({ file, received, total, bytesPerSecond }) => {
    if (file !== current) tenth = 0;
    current = file;
    if (total === undefined || Math.floor((10 * received) / total) <= tenth) return;
    tenth = Math.floor((10 * received) / total);
    const left = Math.round((total - received) / bytesPerSecond);
    log(`${file}: ${tenth * 10} % of ${(total / 1e6).toFixed(0)} MB${left > 0 ? `, ${left} s left` : ''}`);
  };
}
