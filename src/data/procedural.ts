// A data set that needs nothing: ten classes of drawn shapes and textures, the same on every machine.
import { createStream, type Stream } from '../random/stream.js';
import { assemble } from './assemble.js';
import { boxAverage, sizeFactor } from './resize.js';
import type { Dataset, ImageSet } from './types.js';

const SIDE = 32;
const TRAIN = 5000;
const TEST = 1000;

/**
 * Each class is a figure: how far inside it the point (u, v) is, > 0 inside, in units of the figure's
 * radius. The names are mirror-symmetric on purpose: augmentation flips images.
 */
const FIGURES: readonly { name: string; inside: (u: number, v: number, r: number) => number }[] = [
  { name: 'disc', inside: (_u, _v, r) => 1 - r },
  { name: 'ring', inside: (_u, _v, r) => 0.28 - Math.abs(r - 0.8) },
  { name: 'square', inside: (u, v) => 0.85 - Math.max(Math.abs(u), Math.abs(v)) },
  { name: 'triangle', inside: (u, v) => Math.min(0.75 - v, (v + 1 - 1.9 * Math.abs(u)) / 2) },
  { name: 'cross', inside: (u, v, r) => Math.min(0.27 - Math.min(Math.abs(u), Math.abs(v)), 1 - r / 1.1) },
  { name: 'horizontal stripes', inside: (_u, v) => Math.sin(8 * v) / 8 },
  { name: 'vertical stripes', inside: (u) => Math.sin(8 * u) / 8 },
  { name: 'chequers', inside: (u, v) => (Math.sin(6 * u) * Math.sin(6 * v)) / 6 },
  { name: 'target', inside: (_u, _v, r) => Math.sin(9 * r) / 9 },
  { name: 'dots', inside: (u, v) => (Math.sin(8 * u) + Math.sin(8 * v) - 1) / 8 },
];
const FIRST_TEXTURE = 5;

/** A small fast generator for pixel noise (xorshift32, Marsaglia 2003); its state must not be 0. */
function noise(seed: number): () => number {
  let s = seed | 1;
  return () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return s;
  };
}

function drawSet(stream: Stream, count: number): ImageSet {
  const images = new Uint8Array(count * SIDE * SIDE * 3);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = i % FIGURES.length;
    drawImage(images.subarray(i * SIDE * SIDE * 3, (i + 1) * SIDE * SIDE * 3), labels[i], stream);
  }
  return { images, labels, count };
}

/** Draws one image of class `label`: random place, size, turn, colours, lighting, an occluding bar, noise. */
function drawImage(image: Uint8Array, label: number, stream: Stream): void {
  const between = (low: number, high: number) => low + (high - low) * stream.uniform();
  const { inside } = FIGURES[label];
  const texture = label >= FIRST_TEXTURE;
  const radius = texture ? between(8, 15) : between(6, 12);
  const free = 16 - radius * 0.8; // how far from the middle it may lie and still show for the most part
  const x0 = 15.5 + between(-free, free);
  const y0 = 15.5 + between(-free, free);
  const turn = between(-0.25, 0.25);
  const cos = Math.cos(turn) / radius;
  const sin = Math.sin(turn) / radius;
  const phase = texture ? between(-0.4, 0.4) : 0;
  // Two colours that differ by at least 60 of 255 in one channel, and whose background is shaded.
  const back = [between(20, 235), between(20, 235), between(20, 235)];
  const front = [between(20, 235), between(20, 235), between(20, 235)];
  const channel = Math.floor(between(0, 3));
  if (Math.abs(front[channel] - back[channel]) < 60) front[channel] += back[channel] > 127 ? -90 : 90;
  const shadeX = between(-1.5, 1.5);
  const shadeY = between(-1.5, 1.5);
  const barAt = between(-8, 40);
  const barWidth = between(0, 5);
  const barAlongX = stream.uniform() < 0.5;
  const barColour = between(0, 255);
  const strength = between(10, 40) / 2 ** 31;
  const next = noise(stream.uint32());
  for (let y = 0, to = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const u = (x - x0) * cos + (y - y0) * sin;
      const v = (y - y0) * cos - (x - x0) * sin;
      const r = Math.sqrt(u * u + v * v);
      let depth = inside(u + phase, v + phase, r);
      if (texture && r > 1) depth = Math.min(depth, 1 - r); // textures fill a disc
      const cover = Math.min(1, Math.max(0, 0.5 + depth * radius)); // edge blurred over one pixel
      const occluded = Math.abs((barAlongX ? y : x) - barAt) < barWidth / 2;
      const shade = shadeX * (x - 15.5) + shadeY * (y - 15.5);
      for (let c = 0; c < 3; c++) {
        const value = occluded ? barColour : back[c] + shade + cover * (front[c] - back[c] - shade);
        const noisy = value + strength * next();
        image[to++] = Math.min(255, Math.max(0, noisy)); // stored as the integer part
      }
    }
  }
}

/** Draws the data set; a different stream gives different images of the same ten classes. */
export function drawProcedural({ imageSize, stream }: { imageSize?: number; stream?: Stream } = {}): Dataset {
  const factor = sizeFactor(SIDE, imageSize);
  const root = stream ?? createStream(0, 'procedural');
  const draw = (name: string, count: number): ImageSet => {
    const { images, labels } = drawSet(root.split(name), count);
    const shape = { count, height: SIDE, width: SIDE, channels: 3 };
    return { images: boxAverage(images, shape, factor), labels, count };
  };
  return assemble(
    {
      name: 'procedural',
      classes: FIGURES.map(({ name }) => name),
      height: SIDE / factor,
      width: SIDE / factor,
      channels: 3,
      train: draw('train', TRAIN),
      test: draw('test', TEST),
      // Rounded values of the default training set; the colours of all channels follow one law.
      mean: [0.5, 0.5, 0.5],
      std: [0.25, 0.25, 0.25],
      flip: true,
      source: `drawn by the program (stream ${root.name})`,
      notes: ['procedural images, not photographs: results say nothing about natural images'],
    },
    'Procedural shapes and textures',
    SIDE,
  );
}
