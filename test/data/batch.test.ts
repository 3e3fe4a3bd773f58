// Batches: normalisation, and augmentation against a version that pads, crops and mirrors step by step.
import { expect } from 'chai';
import { makeBatch } from '../../src/data/batch.js';
import type { Dataset, ImageSet } from '../../src/data/types.js';
import { integer } from '../../src/random/integer.js';
import { createStream, type Stream } from '../../src/random/stream.js';

function randomSet(count: number, height: number, width: number, channels: number): ImageSet {
  const stream = createStream(5, 'images');
  return {
    images: Uint8Array.from({ length: count * height * width * channels }, () => stream.uint32() >>> 24),
    labels: Uint8Array.from({ length: count }, (_, i) => (i * 3) % 10),
    count,
  };
}

function fake(set: ImageSet, shape: Partial<Dataset>): Dataset {
  return {
    name: 'procedural',
    title: 'test',
    classes: [],
    height: 6,
    width: 6,
    channels: 3,
    train: set,
    test: set,
    mean: [0.4, 0.5, 0.6],
    std: [0.2, 0.25, 0.3],
    pad: 2,
    flip: true,
    source: 'test',
    checksum: '',
    notes: [],
    ...shape,
  };
}

/** The plain way: build the padded image, cut the window out of it, then turn it round. */
function naive(dataset: Dataset, set: ImageSet, index: number, stream: Stream): number[] {
  const { height: h, width: w, channels: n, pad } = dataset;
  const padded = Array.from({ length: h + 2 * pad }, () =>
    Array.from({ length: w + 2 * pad }, () => new Array(n).fill(0)),
  );
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      for (let c = 0; c < n; c++) padded[y + pad][x + pad][c] = set.images[((index * h + y) * w + x) * n + c];
    }
  }
  const top = integer(stream, 2 * pad + 1);
  const left = integer(stream, 2 * pad + 1);
  const mirrored = stream.uniform() < 0.5 && dataset.flip;
  let window = padded.slice(top, top + h).map((row) => row.slice(left, left + w));
  if (mirrored) window = window.map((row) => [...row].reverse());
  return window.flatMap((row) =>
    row.flatMap((pixel) => pixel.map((v, c) => Math.fround((v / 255 - dataset.mean[c]) / dataset.std[c]))),
  );
}

describe('makeBatch', () => {
  const set = randomSet(40, 6, 6, 3);

  it('normalises without a stream and leaves the images where they are', () => {
    const dataset = fake(set, {});
    const { x, y } = makeBatch(dataset, set, [7, 0, 39]);
    expect(x.length).to.equal(3 * 6 * 6 * 3);
    expect(Array.from(y)).to.deep.equal([1, 0, 7]); // (3 i) mod 10
    for (let p = 0; p < 108; p++) {
      const expected = (set.images[39 * 108 + p] / 255 - dataset.mean[p % 3]) / dataset.std[p % 3];
      expect(x[2 * 108 + p]).to.be.closeTo(expected, 1e-6);
    }
  });

  for (const [title, shape] of [
    ['colour images', {}],
    ['without mirror', { flip: false }],
    ['pad 0', { pad: 0 }],
    ['pad as large as the image', { pad: 6 }],
    ['grey oblong images', { height: 9, width: 4, channels: 1, mean: [0.3], std: [0.5], pad: 3 }],
  ] as [string, Partial<Dataset>][]) {
    it(`pads with black, crops and mirrors as the plain version does: ${title}`, () => {
      const dataset = fake(set, shape);
      const own = randomSet(40, dataset.height, dataset.width, dataset.channels);
      const indices = Array.from({ length: 200 }, (_, i) => (i * 17) % 40);
      const { x } = makeBatch(dataset, own, indices, createStream(1, 'augment'));
      const stream = createStream(1, 'augment');
      const expected = indices.flatMap((index) => naive(dataset, own, index, stream));
      expect(Array.from(x)).to.deep.equal(expected);
    });
  }

  it('gives the same bits for the same stream, and others for another', () => {
    const dataset = fake(set, {});
    const bits = (seed: number) =>
      Buffer.from(makeBatch(dataset, set, [1, 2, 3, 4], createStream(seed)).x.buffer);
    expect(bits(3).equals(bits(3))).to.equal(true);
    expect(bits(3).equals(bits(4))).to.equal(false);
  });

  it('mirrors half of the images and draws every offset equally often', () => {
    // A single lit pixel in the left half of the middle row tells offset and mirror apart.
    const images = new Uint8Array(36 * 3);
    images[(3 * 6 + 2) * 3] = 255;
    const lone = { images, labels: new Uint8Array(1), count: 1 };
    const dataset = fake(lone, { mean: [0, 0, 0], std: [1, 1, 1], pad: 1 });
    const n = 18_000;
    const { x } = makeBatch(dataset, lone, new Int32Array(n), createStream(11));
    const counts = new Map<number, number>();
    for (let i = 0; i < n; i++) {
      const at = x.subarray(i * 108, (i + 1) * 108).indexOf(1);
      counts.set(at, (counts.get(at) ?? 0) + 1);
    }
    // Columns 1, 2, 3 plain or 4, 3, 2 mirrored (2 and 3 occur both ways), times three rows: 18 outcomes.
    expect(counts.size).to.equal(12);
    for (const [at, count] of counts) {
      const ways = [2, 3].includes(Math.floor(at / 3) % 6) ? 2 : 1;
      const expected = (n * ways) / 18;
      expect(Math.abs(count - expected)).to.be.below(5 * Math.sqrt(expected)); // five standard deviations
    }
  });

  it('refuses an index that the set does not have', () => {
    const dataset = fake(set, {});
    expect(() => makeBatch(dataset, set, [0, 40])).to.throw('image index 40: the set has images 0 to 39');
    expect(() => makeBatch(dataset, set, [-1])).to.throw('image index -1');
    expect(() => makeBatch(dataset, set, [Number.NaN])).to.throw('image index NaN');
  });

  it('makes 64 images of 16x16x3 in about a millisecond or less', () => {
    const large = randomSet(2000, 16, 16, 3);
    const dataset = fake(large, { height: 16, width: 16 });
    const stream = createStream(2);
    let best = Infinity;
    for (let i = 0; i < 60; i++) {
      const indices = Int32Array.from({ length: 64 }, () => integer(stream, 2000));
      const start = performance.now();
      makeBatch(dataset, large, indices, stream);
      best = Math.min(best, performance.now() - start);
    }
    expect(best).to.be.below(2); // 0.17 ms when written; the margin is for busy machines
  });
});
