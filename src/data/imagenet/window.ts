// Which part of a photograph is shown: RandomResizedCrop for training, the middle of a resized picture for validation.
import type { Stream } from '../../random/stream.js';

const TRIES = 10;
/** Uniform numbers of one training image: area and shape of each try, then row, column and mirror. */
export const WINDOW_NUMBERS = 2 * TRIES + 3;

/** Draws the numbers of one image; always as many, so that a batch's draws do not depend on the sizes of its pictures. */
export const drawWindow = (stream: Stream): number[] =>
  Array.from({ length: WINDOW_NUMBERS }, () => stream.uniform());

/** A part of a picture, in its pixels; fractions are allowed. */
export interface Window {
  left: number;
  top: number;
  width: number;
  height: number;
  mirrored: boolean;
  /** Whether the filter may look over the window's edge: where a whole picture is resized first and cut afterwards. */
  open: boolean;
}

/**
 * The window of a picture. Without numbers, the middle that is left when
 * the shorter side is resized to 256/224 of the output and its centre cut out. With them, torchvision's RandomResizedCrop
 * (8 % to 100 % of the area, sides 3:4 to 4:3) and a mirror. Uses nothing but its arguments: its source also runs in threads.
 */
export function windowOf(width: number, height: number, numbers?: ArrayLike<number>): Window {
  if (numbers === undefined) {
    const side = (Math.min(width, height) * 224) / 256;
    return {
      left: (width - side) / 2,
      top: (height - side) / 2,
      width: side,
      height: side,
      mirrored: false,
      open: true,
    };
  }
  const tries = (numbers.length - 3) / 2;
  const mirrored = numbers[numbers.length - 1] < 0.5;
  for (let n = 0; n < tries; n++) {
    const area = width * height * (0.08 + 0.92 * numbers[2 * n]);
    const log = Math.log(4 / 3);
    const ratio = Math.exp(log * (2 * numbers[2 * n + 1] - 1));
    const w = Math.round(Math.sqrt(area * ratio));
    const h = Math.round(Math.sqrt(area / ratio));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    const top = Math.floor(numbers[2 * tries] * (height - h + 1));
    const left = Math.floor(numbers[2 * tries + 1] * (width - w + 1));
    return { left, top, width: w, height: h, mirrored, open: false };
  }
  // No try fitted (a very long picture): as much of the middle as the bounds on the shape allow.
  const w = Math.min(width, Math.round((height * 4) / 3));
  const h = Math.min(height, Math.round((width * 4) / 3));
  return {
    left: Math.floor((width - w) / 2),
    top: Math.floor((height - h) / 2),
    width: w,
    height: h,
    mirrored,
    open: false,
  };
}
