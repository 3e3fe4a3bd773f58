// Augmentation: each transformation against values worked out by hand, and its law over many draws.
import { expect } from 'chai';
import { jitterPixels } from '../../src/data/imagenet/jitter.js';
import { openDataset } from '../../src/data/open.js';
import type { Dataset } from '../../src/data/types.js';
import { checkAugmentation, stepsPerEpoch, trainingBatches } from '../../src/evaluation/batches.js';
import { drawJitter } from '../../src/evaluation/colourJitter.js';
import { evaluationConfig } from '../../src/evaluation/config.js';
import { cutout } from '../../src/evaluation/cutout.js';
import { centreSquare, mirror, randomRectangle, resizeRectangle } from '../../src/evaluation/resizedCrop.js';
import { createStream } from '../../src/random/stream.js';

const close = (values: ArrayLike<number>, wanted: number[], tolerance = 1e-6) => {
  expect(values.length).to.equal(wanted.length);
  wanted.forEach((w, i) => {
    expect(values[i], `value ${i}`).to.be.closeTo(w, tolerance);
  });
};

describe('cutout', () => {
  const shape = { height: 16, width: 16, channels: 3 };
  const image = 16 * 16 * 3;

  it('blanks a square around a uniform centre, cut off at the borders', () => {
    const x = new Float32Array(2000 * image).fill(1);
    cutout(x, shape, 8, createStream(0, 'cutout'));
    const hits = new Float64Array(16 * 16);
    let smallest = Number.POSITIVE_INFINITY;
    let largest = 0;
    for (let at = 0; at < x.length; at += image) {
      let count = 0;
      for (let p = 0; p < 256; p++) {
        const pixel = x.subarray(at + 3 * p, at + 3 * p + 3);
        if (pixel[0] === 0) count++;
        if (pixel[0] !== pixel[1] || pixel[0] !== pixel[2]) expect.fail('a channel was left over');
        hits[p] += Number(pixel[0] === 0);
      }
      smallest = Math.min(smallest, count);
      largest = Math.max(largest, count);
    }
    // A centre in the corner leaves 4 x 4 of the 8 x 8.
    expect([smallest, largest]).to.deep.equal([16, 64]);
    // Pixel (8, 8) goes when the centre is in one of 8 rows and 8 columns of 16, pixel (0, 0) in one of 5 (0 to 4).
    expect(hits[8 * 16 + 8] / 2000).to.be.closeTo(64 / 256, 0.04);
    expect(hits[0] / 2000).to.be.closeTo(25 / 256, 0.03);
  });

  it('draws a square for each image, and the same ones for the same stream', () => {
    const [a, b] = [0, 1].map(() => {
      const x = new Float32Array(8 * image).fill(1);
      cutout(x, shape, 8, createStream(5, 'cutout'));
      return x;
    });
    expect(a).to.deep.equal(b);
    expect(a.subarray(0, image)).not.to.deep.equal(a.subarray(image, 2 * image));
  });

  // In the reference, Cutout(length, prob) is called with two arguments for CIFAR-100 and SVHN, and the class takes one.
  it('works on every data set, unlike utils.py:75,96 (TypeError with --cutout on CIFAR-100 and SVHN)', () => {
    for (const channels of [1, 3]) {
      const x = new Float32Array(28 * 28 * channels).fill(1);
      cutout(x, { height: 28, width: 28, channels }, 14, createStream(1));
      expect(x.filter((v) => v === 0).length % channels).to.equal(0);
      expect(x.includes(0)).to.equal(true);
    }
  });
});

describe('colour jitter', () => {
  const pixels = () => Float32Array.of(1, 0.5, 0, 0.2, 0.2, 0.2);
  const jitter = (x: Float32Array, steps: number[]) => jitterPixels(x, steps, [0, 0, 0], [1, 1, 1]);

  it('scales brightness and cuts it off at white', () => {
    const x = pixels();
    jitter(x, [0, 1.5]);
    close(x, [1, 0.75, 0, 0.3, 0.3, 0.3]);
  });

  it('blends with the mean grey for contrast and with the own grey for saturation', () => {
    // Greys by ITU-R 601-2: 0.2989 + 0.587/2 = 0.5924 and 0.9999 * 0.2 = 0.19998; their mean 0.39619.
    const contrast = pixels();
    jitter(contrast, [1, 0.5]);
    close(contrast, [0.698095, 0.448095, 0.198095, 0.298095, 0.298095, 0.298095]);
    const saturation = pixels();
    jitter(saturation, [2, 0]);
    close(saturation, [0.5924, 0.5924, 0.5924, 0.19998, 0.19998, 0.19998]);
  });

  it('turns the hue: by a third, red becomes green, green blue, blue red; grey stays', () => {
    const x = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0.4, 0.4, 0.4, 0.8, 0.4, 0.2);
    jitter(x, [3, 1 / 3]);
    // Python: colorsys.hsv_to_rgb(*(lambda h, s, v: (h + 1/3, s, v))(*colorsys.rgb_to_hsv(.8, .4, .2))) = (.2, .8, .4)
    close(x, [0, 1, 0, 0, 0, 1, 1, 0, 0, 0.4, 0.4, 0.4, 0.2, 0.8, 0.4]);
    jitter(x, [3, -1 / 3]);
    close(x, [1, 0, 0, 0, 1, 0, 0, 0, 1, 0.4, 0.4, 0.4, 0.8, 0.4, 0.2]);
  });

  it('does nothing at strength 0, and stays in 0..1 at any other', () => {
    const none = pixels();
    jitter(none, drawJitter({ brightness: 0, contrast: 0, saturation: 0, hue: 0 }, createStream(0)));
    expect(none).to.deep.equal(pixels());
    const all = new Set<number>();
    for (let i = 0; i < 50; i++) {
      const x = pixels();
      jitter(x, drawJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 }, createStream(i)));
      expect(Math.min(...x) >= 0 && Math.max(...x) <= 1).to.equal(true);
      all.add(x[1]);
    }
    expect(all.size).to.be.greaterThan(30);
  });
});

describe('the random resized crop', () => {
  it('takes rectangles of the asked areas and ratios that lie within the image', () => {
    const stream = createStream(0, 'crop');
    let area = 0;
    for (let i = 0; i < 2000; i++) {
      const { top, left, height, width } = randomRectangle({ height: 64, width: 64 }, stream);
      expect(top >= 0 && left >= 0 && top + height <= 64 && left + width <= 64).to.equal(true);
      expect(width / height).to.be.within(0.7, 1.43);
      area += (height * width) / 4096 / 2000;
    }
    // An area a fits with probability min(1, -ln a / ln(4/3)); the mean of a with that weight over [0.08, 1] is 0.478.
    expect(area).to.be.closeTo(0.478, 0.02);
  });

  it('falls back to the largest centred rectangle where the image is a strip', () => {
    const rectangle = randomRectangle({ height: 10, width: 100 }, createStream(0), { area: [1, 1] });
    // Ratio 4/3 of a height of 10: 13 pixels, in the middle of 100.
    expect(rectangle).to.deep.equal({ top: 0, left: 43, height: 10, width: 13 });
  });

  it('keeps bytes where the size stays, and averages by a triangle where it shrinks', () => {
    const shape = { height: 2, width: 4, channels: 1 };
    const bytes = Uint8Array.of(0, 51, 102, 255, 0, 51, 102, 255);
    const square = resizeRectangle(bytes, shape, { top: 0, left: 1, height: 2, width: 2 }, 2);
    close(square, [0.2, 0.4, 0.2, 0.4]);
    const row = resizeRectangle(bytes, shape, { top: 0, left: 0, height: 1, width: 4 }, 2);
    // Weights of Pillow's bilinear filter for 4 to 2: (0.75, 0.75, 0.25) / 1.75 and mirrored.
    const [a, b] = [(0.75 * 0.2 + 0.25 * 0.4) / 1.75, (0.25 * 0.2 + 0.75 * 0.4 + 0.75) / 1.75];
    close(row, [a, b, a, b]);
  });

  it('interpolates between pixels where it grows', () => {
    const bytes = Uint8Array.of(0, 255, 0, 255);
    const x = resizeRectangle(
      bytes,
      { height: 2, width: 2, channels: 1 },
      { top: 0, left: 0, height: 2, width: 2 },
      4,
    );
    // Half-pixel centres: 0, 1/4, 3/4, 1.
    close(x.subarray(0, 4), [0, 0.25, 0.75, 1]);
  });

  it('mirrors in place, and finds the centred square', () => {
    const x = Float32Array.of(1, 2, 3, 4, 5, 6);
    mirror(x, { height: 1, width: 3, channels: 2 });
    expect([...x]).to.deep.equal([5, 6, 3, 4, 1, 2]);
    const square = { top: 0, left: 32, height: 256, width: 256 };
    expect(centreSquare({ height: 256, width: 320 })).to.deep.equal(square);
  });
});

describe('trainingBatches', () => {
  let dataset: Dataset;
  before(async () => {
    dataset = await openDataset('procedural', { imageSize: 16 });
  });
  const config = (overrides = {}) =>
    evaluationConfig('cifar', 'smoke', { imageSize: 16, stepsPerEpoch: null, batchSize: 64, ...overrides });

  it('shows every training image once an epoch, in an order that changes, the last batch partial', () => {
    const settings = config({ augmentation: 'none', cutout: 0 });
    expect(stepsPerEpoch(settings, dataset)).to.equal(79); // 5,000 / 64 = 78.1
    const counts = new Map<string, number>();
    const [first, second] = [0, 1].map((epoch) => trainingBatches(settings, dataset, epoch));
    for (let i = 0; i < 79; i++) {
      const { x, y } = first(i);
      expect(y.length).to.equal(i < 78 ? 64 : 8);
      for (let b = 0; b < y.length; b++) {
        const key = x.subarray(b * 768, (b + 1) * 768).join();
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    expect([...counts.values()].reduce((a, b) => a + b)).to.equal(5000);
    expect(counts.size).to.be.greaterThan(4900);
    expect(first(0).x).not.to.deep.equal(second(0).x);
  });

  it('follows from seed, epoch and step alone, so that a resumed run sees the same', () => {
    const settings = config({ colourJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 } });
    const late = trainingBatches(settings, dataset, 3)(7);
    const batches = trainingBatches(settings, dataset, 3);
    for (let i = 0; i < 7; i++) batches(i);
    expect(batches(7)).to.deep.equal(late);
    expect(trainingBatches({ ...settings, seed: 1 }, dataset, 3)(7).x).not.to.deep.equal(late.x);
  });

  it('blanks to the mean colour after normalisation', () => {
    const plain = trainingBatches(config({ cutout: 0 }), dataset, 0)(0).x;
    const blanked = trainingBatches(config({ cutout: 8 }), dataset, 0)(0).x;
    let changed = 0;
    blanked.forEach((value, i) => {
      if (value === plain[i]) return;
      expect(value).to.equal(0);
      changed++;
    });
    expect(changed / plain.length).to.be.within(0.1, 0.25);
  });

  it('keeps mean and deviation near 0 and 1 under a resized crop', () => {
    const settings = config({ augmentation: 'resized-crop', cutout: 0 });
    const { x } = trainingBatches(settings, dataset, 0)(0);
    const mean = x.reduce((a, b) => a + b, 0) / x.length;
    expect(mean).to.be.closeTo(0, 0.2);
    // Below 1, for scaling smooths.
    const deviation = Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length);
    expect(deviation).to.be.within(0.8, 1.1);
    expect(x.length).to.equal(64 * 768);
  });

  it('refuses more steps than there are batches, and colours for grey images', () => {
    expect(() => stepsPerEpoch(config({ stepsPerEpoch: 80 }), dataset)).to.throw(/80 steps.*79 batches/);
    expect(() => stepsPerEpoch(config({ batchSize: 6000 }), dataset)).to.throw(/6000 exceeds the 5000/);
    const jitter = { brightness: 0.4, contrast: 0, saturation: 0, hue: 0 };
    expect(() => checkAugmentation(config({ colourJitter: jitter }), { ...dataset, channels: 1 })).to.throw(
      /colour images.*set colourJitter to null/,
    );
  });
});
