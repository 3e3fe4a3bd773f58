// The drawn data set: the same everywhere, balanced, and neither trivial nor hopeless to learn.
import { expect } from 'chai';
import { drawProcedural } from '../../src/data/procedural.js';
import type { Dataset, ImageSet } from '../../src/data/types.js';
import { createStream } from '../../src/random/stream.js';

describe('the procedural data set', () => {
  let dataset: Dataset;
  before(() => {
    dataset = drawProcedural();
  });

  it('says its size and that it is drawn', () => {
    expect(dataset.title).to.equal(
      'Procedural shapes and textures (5,000 training and 1,000 test images, 32x32x3)',
    );
    expect(dataset.notes[0]).to.contain('not photographs');
  });

  it('is the same on every call, and another for another stream', () => {
    // Recorded when written: another machine or Node version that draws other bytes must be noticed.
    expect(dataset.checksum).to.equal('36ebd4aa849efacf618afb91ea05b2358b1f0fb3043a01df90093177ec199b36');
    expect(drawProcedural().checksum).to.equal(dataset.checksum);
    expect(drawProcedural({ stream: createStream(1) }).checksum).to.not.equal(dataset.checksum);
  });

  it('has the classes equally often in both halves of the training set', () => {
    for (const [from, to] of [
      [0, 2500],
      [2500, 5000],
    ]) {
      const counts = new Array(10).fill(0);
      for (const label of dataset.train.labels.subarray(from, to)) counts[label]++;
      expect(counts).to.deep.equal(new Array(10).fill(250));
    }
  });

  it('has about the mean and the deviation by which it is normalised', () => {
    for (let c = 0; c < 3; c++) {
      let sum = 0;
      let squares = 0;
      const { images } = dataset.train;
      for (let i = c; i < images.length; i += 3) {
        sum += images[i] / 255;
        squares += (images[i] / 255) ** 2;
      }
      const mean = sum / (images.length / 3);
      expect(mean).to.be.closeTo(dataset.mean[c], 0.02);
      expect(Math.sqrt(squares / (images.length / 3) - mean ** 2)).to.be.closeTo(dataset.std[c], 0.02);
    }
  });

  it('cannot be told apart by average images, but neighbours know more than chance', () => {
    const small = drawProcedural({ imageSize: 8 });
    expect(centroidAccuracy(small.train, small.test)).to.be.below(0.3);
    expect(neighbourAccuracy(small.train, small.test)).to.be.above(0.13).and.below(0.7);
  });
});

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
};
const imageOf = (set: ImageSet, i: number) => set.images.subarray(i * 192, (i + 1) * 192); // 8x8x3

/** Share of test images whose class mean is the nearest of the ten. */
function centroidAccuracy(train: ImageSet, test: ImageSet): number {
  const means = Array.from({ length: 10 }, () => new Float64Array(192));
  for (let i = 0; i < train.count; i++)
    imageOf(train, i).forEach((v, p) => {
      means[train.labels[i]][p] += v / (train.count / 10);
    });
  let right = 0;
  for (let i = 0; i < test.count; i++) {
    const distances = means.map((mean) => distance(imageOf(test, i), mean));
    if (distances.indexOf(Math.min(...distances)) === test.labels[i]) right++;
  }
  return right / test.count;
}

/** Share of test images whose nearest training image (grey, contrast removed) has their class. */
function neighbourAccuracy(train: ImageSet, test: ImageSet): number {
  const features = (set: ImageSet, i: number) => {
    const image = imageOf(set, i);
    const grey = Float64Array.from(
      { length: 64 },
      (_, p) => image[3 * p] + image[3 * p + 1] + image[3 * p + 2],
    );
    const mean = grey.reduce((a, b) => a + b) / 64;
    const norm = Math.sqrt(grey.reduce((a, b) => a + (b - mean) ** 2, 0)) || 1;
    return grey.map((v) => Math.abs(v - mean) / norm);
  };
  const known = Array.from({ length: train.count }, (_, i) => features(train, i));
  let right = 0;
  const asked = 300;
  for (let i = 0; i < asked; i++) {
    const own = features(test, i);
    let best = 0;
    let nearest = Infinity;
    for (let k = 0; k < known.length; k++) {
      const d = distance(own, known[k]);
      if (d < nearest) [nearest, best] = [d, k];
    }
    if (train.labels[best] === test.labels[i]) right++;
  }
  return right / asked;
}
