// Reads files out of a .tar.gz without unpacking it to disk.
import { basename } from 'node:path';
import { list } from 'tar';

/** The files of the archive whose base name `wanted` accepts, by base name. */
export async function readTarGz(
  archive: string,
  wanted: (name: string) => boolean,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  try {
    await list({
      file: archive,
      strict: true,
      onReadEntry(entry) {
        const name = basename(String(entry.path));
        if (entry.type !== 'File' || !wanted(name)) return;
        const pieces: Buffer[] = [];
        entry.on('data', (piece: Buffer) => pieces.push(piece));
        entry.on('end', () => files.set(name, Buffer.concat(pieces)));
      },
    });
  } catch (error) {
    throw new Error(
      `${archive} cannot be read to its end (${(error as Error).message}): the archive is truncated or damaged; ` +
        'delete it and download it again',
      { cause: error },
    );
  }
  return files;
}
