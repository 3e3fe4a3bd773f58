// Which images diagnostics look at: in memory, always the same, and never fewer than asked for.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { Dataset, ImageSet } from '../../src/data/types.js';
import { fixedBatches } from '../../src/diagnostics/batches.js';

/** Pictures of one pixel whose class is `first`, `first + 1`, … */
const pictures = (count: number, first: number): ImageSet => ({
  images: new Uint8Array(count * 3),
  labels: Uint8Array.from({ length: count }, (_, i) => first + i),
  count,
});
const shape = { title: 'made up', height: 1, width: 1, channels: 3, mean: [0, 0, 0], std: [1, 1, 1] };
const labelsOf = (dataset: object, images: number) =>
  fixedBatches(dataset as Dataset, images, 2).flatMap(({ x, y }) => {
    const labels = Array.from(y.dataSync());
    tf.dispose([x, y]);
    return labels;
  });

describe('fixedBatches', () => {
  before(() => tf.setBackend('cpu'));

  it('takes the first images of the alpha half', () => {
    const dataset = { ...shape, train: pictures(10, 0) };
    expect(labelsOf(dataset, 4)).to.deep.equal([5, 6, 7, 8]);
    expect(() => labelsOf(dataset, 6)).to.throw('6 images for diagnostics exceed the 5 of the alpha half');
  });

  it('takes those of ImageNet that are held, since its other pictures are files', () => {
    const train = { ...pictures(10, 0), images: new Uint8Array(0) };
    const dataset = { ...shape, train, pictures: {}, held: pictures(4, 50) };
    expect(labelsOf(dataset, 4)).to.deep.equal([50, 51, 52, 53]);
    expect(() => labelsOf(dataset, 6)).to.throw('set evaluationImages to 6');
  });
});
