// One picture file to one normalised image; sharp decodes, the kit resamples.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type sharpModule from 'sharp';
import { projectRoot } from '../../root.js';

export type Sharp = typeof sharpModule;

/** Where the decoder's package lies, for threads that load it themselves. */
export const sharpPath = (): string => createRequire(join(projectRoot(), 'package.json')).resolve('sharp');

/** The decoder, loaded when first needed. */
export const loadSharp = (): Sharp => createRequire(join(projectRoot(), 'package.json'))('sharp') as Sharp;

/** What an image is made with; the same on every thread. */
export interface DecodeSettings {
  /** Side of the images made. */
  size: number;
  /** 256 normalised values a channel. */
  table: Float32Array;
  /** Of the normalisation, for changes of colour. */
  mean: readonly number[];
  std: readonly number[];
}

/** The functions that make an image of pixels; threads have them from their source text. */
export interface PixelWork {
  windowOf: typeof import('./window.js').windowOf;
  resampleWindow: typeof import('./resample.js').resampleWindow;
  jitterPixels: typeof import('./jitter.js').jitterPixels;
}

/**
 * Decodes `file` and writes its window as [size, size, 3] floats to `x`. Grey and CMYK pictures become RGB.
 * @throws where the file is truncated, damaged, not a picture, or larger than 100 million pixels
 */
export async function decodePicture(
  sharp: Sharp,
  file: string,
  x: Float32Array,
  { size, table, mean, std }: DecodeSettings,
  { numbers, colours }: { numbers?: ArrayLike<number>; colours?: ArrayLike<number> },
  { windowOf, resampleWindow, jitterPixels }: PixelWork,
): Promise<void> {
  const { data, info } = await sharp(file, {
    failOn: 'truncated',
    limitInputPixels: 100_000_000,
    sequentialRead: true,
  })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`${info.channels} channels after decoding, expected 3`);
  const source = [info.width, info.height];
  resampleWindow(x, data, source, windowOf(info.width, info.height, numbers), size, table);
  if (colours) jitterPixels(x, colours, mean, std);
}
