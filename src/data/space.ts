// Is there room on the disk before a download starts?
import { mkdirSync, statfsSync } from 'node:fs';

/** Bytes that this user may still write into `folder`. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

const RESERVE = 50e6; // a disk filled to the last byte harms others

/** @throws where `folder`'s disk has less than `bytes` and a small reserve free. */
export function requireSpace(folder: string, bytes: number, free: (folder: string) => number = freeBytes) {
  mkdirSync(folder, { recursive: true });
  const have = free(folder);
  if (have >= bytes + RESERVE) return;
  const mb = (n: number) => `${Math.ceil(n / 1e6).toLocaleString('en-GB')} MB`;
  throw new Error(
    `${folder}: ${mb(bytes + RESERVE)} of free disk are needed, ${mb(have)} are free: make room, or put the data elsewhere ` +
      'by setting DRNAS_DATA',
  );
}
