// What each sampler draws on one edge: its law, by moments, and what is refused.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { samplerDraws } from '../../src/diagnostics/samplerDraws.js';
import { SAMPLER_NAMES, SAMPLERS } from '../../src/search/samplers/traits.js';

const ALPHA = [0, 1, -0.5];
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('samplerDraws', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('draws rows that sum to 1, of one operation where the sampler says so, different ones where it is random', () => {
    for (const name of SAMPLER_NAMES) {
      const rows = samplerDraws(name, ALPHA, { draws: 40 });
      expect(rows, name).to.have.length(40);
      for (const row of rows) expect(row.reduce((a, b) => a + b, 0)).to.be.closeTo(1, 1e-5);
      const whole = rows.every((row) => row.every((t) => t === 0 || t === 1));
      expect(whole, name).to.equal(SAMPLERS[name].oneHot);
      expect(new Set(rows.map(String)).size > 1, name).to.equal(SAMPLERS[name].random);
    }
  });

  it('draws the Dirichlet of elu(alpha) + 1, with either gradient', () => {
    // Concentrations 1, 2 and exp(-0.5), their sum s: means beta / s, variance m (1 - m) / (s + 1).
    const beta = [1, 2, Math.exp(-0.5)];
    const total = 3 + beta[2];
    for (const name of ['dirichlet', 'dirichlet-score'] as const) {
      const rows = samplerDraws(name, ALPHA, { draws: 4000, seed: 3 });
      beta.forEach((b, o) => {
        const m = b / total;
        const error = Math.sqrt((m * (1 - m)) / (total + 1) / 4000);
        expect(mean(rows.map((row) => row[o])), `${name} ${o}`).to.be.closeTo(m, 4.5 * error);
      });
    }
  });

  it('draws GDAS by softmax(alpha), and says what is wrong with a count', () => {
    const rows = samplerDraws('gdas', ALPHA, { draws: 4000, temperature: 10 });
    const total = ALPHA.reduce((sum, a) => sum + Math.exp(a), 0);
    ALPHA.forEach((a, o) => {
      const p = Math.exp(a) / total;
      expect(mean(rows.map((row) => row[o]))).to.be.closeTo(p, 4.5 * Math.sqrt((p * (1 - p)) / 4000));
    });
    expect(() => samplerDraws('gdas', ALPHA, { draws: 0 })).to.throw('draws is 0, expected a whole number');
  });
});
