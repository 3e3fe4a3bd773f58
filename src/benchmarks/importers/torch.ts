// NAS-Bench-201-v1_?.pth, streamed: the container of torch before 1.6 (pickles in a row) and the zip of later versions.
import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { BUILTIN, keptMemos, pickleCursor, readOne, withFilePieces } from '../../pickle/index.js';
import type { Collector } from './collect.js';
import { collectWhole, type OnProgress } from './nats.js';
import { findStored } from './zip.js';

const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn; // torch/serialization.py, MAGIC_NUMBER
const LEGACY_PROTOCOL = 1001;
/** Pickles of the old layout before the object: magic number, protocol, the writing machine's byte order and sizes. */
const HEADERS = 3;

/** 4.7 GB in a few hundred MB of memory: read twice, and each architecture dropped when its numbers are taken. */
export function importTorch(path: string, onProgress?: OnProgress): Collector {
  const name = basename(path);
  return isZip(path) ? importZip(path, name, onProgress) : importLegacy(path, name, onProgress);
}

function isZip(path: string): boolean {
  const start = Buffer.alloc(4);
  const file = openSync(path, 'r');
  try {
    readSync(file, start, 0, 4, 0);
  } finally {
    closeSync(file);
  }
  return start.toString('latin1') === 'PK\x03\x04';
}

function importZip(path: string, name: string, onProgress?: OnProgress): Collector {
  const { start, end } = findStored(path, /(^|\/)data\.pkl$/);
  const [kept] = withFilePieces(path, (pieces) => keptMemos(pieces, { name }), { start, end });
  return collectWhole(
    (options) =>
      withFilePieces(path, (pieces) => readOne(pickleCursor(pieces, name), { ...options, kept, name }), {
        start,
        end,
      }),
    name,
    onProgress,
  );
}

function importLegacy(path: string, name: string, onProgress?: OnProgress): Collector {
  checkLegacy(path, name);
  const kept = withFilePieces(path, (pieces) => keptMemos(pieces, { count: HEADERS + 1, name }));
  return collectWhole(
    (options) =>
      withFilePieces(path, (pieces) => {
        const input = pickleCursor(pieces, name);
        for (let i = 0; i < HEADERS; i++) readOne(input, { allow: BUILTIN, name });
        return readOne(input, { ...options, kept: kept[HEADERS], name });
      }),
    name,
    onProgress,
  );
}

/** Before 4.7 GB are read: whether this is such a file at all. */
function checkLegacy(path: string, name: string): void {
  withFilePieces(path, (pieces) => {
    const input = pickleCursor(pieces, name);
    const first = input.next();
    if (first !== 0x80)
      throw new Error(`${name}: this is no file of torch.save (it begins with byte ${first})`);
  });
  withFilePieces(path, (pieces) => {
    const input = pickleCursor(pieces, name);
    const [magic, protocol] = [0, 1].map(() => readOne(input, { allow: BUILTIN, name }));
    if (magic !== LEGACY_MAGIC || protocol !== LEGACY_PROTOCOL) {
      throw new Error(
        `${name}: this is no file of torch.save (magic number ${String(magic)}, protocol ${String(protocol)})`,
      );
    }
  });
}
