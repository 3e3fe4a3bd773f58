// Bootstrap intervals against what is known in closed form, and their honest coverage.
import { expect } from 'chai';
import { mean } from 'simple-statistics';
import { normal } from '../../src/random/normal.js';
import { createStream } from '../../src/random/stream.js';
import { bootstrapInterval } from '../../src/statistics/bootstrap.js';

const average = (values: readonly number[]) => mean([...values]);
const stream = createStream(0, 'test');

describe('a bootstrap interval', () => {
  it('of two values goes from one to the other: a quarter of all resamples is at either end', () => {
    for (const method of ['percentile', 'bca'] as const)
      expect(bootstrapInterval([1, 3], average, { stream, method })).to.deep.equal([1, 3]);
  });

  it('takes all resamples of a few values, so that the stream has no part in it', () => {
    const values = [94.36, 93.2, 91.1, 94.36, 92.7];
    const [a, b] = [1, 2].map((seed) => bootstrapInterval(values, average, { stream: createStream(seed) }));
    expect(a).to.deep.equal(b);
  });

  it("comes near the normal distribution's interval for many values", () => {
    // Standard error of the mean of 400 values of deviation s: s / 20; 1.96 of them either way.
    const draw = createStream(3, 'normal');
    const values = Array.from({ length: 400 }, () => normal(draw));
    const centre = average(values);
    const error = Math.sqrt(values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / 400 / 400);
    const [low, high] = bootstrapInterval(values, average, { stream, resamples: 4000 })!;
    expect((centre - low) / error).to.be.closeTo(1.96, 0.15);
    expect((high - centre) / error).to.be.closeTo(1.96, 0.15);
  });

  it('leans with skewed values when it is corrected', () => {
    const values = [0, 0, 0, 0, 1, 1, 2, 9];
    const plain = bootstrapInterval(values, average, { stream, method: 'percentile' })!;
    const corrected = bootstrapInterval(values, average, { stream })!;
    expect(corrected[0]).to.be.above(plain[0]);
    expect(corrected[1]).to.be.above(plain[1]);
  });

  it('of five normal values holds the mean in some 83 % of cases, not in 95 %, as its description says', () => {
    const draw = createStream(4, 'coverage');
    let held = 0;
    const trials = 400;
    for (let t = 0; t < trials; t++) {
      const values = Array.from({ length: 5 }, () => normal(draw));
      const [low, high] = bootstrapInterval(values, average, { stream, method: 'percentile' })!;
      if (low <= 0 && 0 <= high) held++;
    }
    // Standard error at 0.83: 1.9 points; four of them.
    expect(held / trials).to.be.closeTo(0.83, 0.075);
  });

  it('is a point where all values are equal, null for one value, and refused for none', () => {
    expect(bootstrapInterval([5, 5, 5], average, { stream })).to.deep.equal([5, 5]);
    expect(bootstrapInterval([5], average, { stream })).to.equal(null);
    expect(() => bootstrapInterval([], average, { stream })).to.throw('at least one value');
    expect(() => bootstrapInterval([1, 2], average, { stream, level: 1 })).to.throw('level is 1');
  });
});
