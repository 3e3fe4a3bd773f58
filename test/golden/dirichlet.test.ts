// The Dirichlet numbers recorded from PyTorch in float64.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { betaPathwise, pathwiseGradient } from '../../src/distributions/dirichlet.js';
import { torchBranch } from '../../src/distributions/pathwiseTorch.js';
import { type DirichletGolden, replayDirichletGolden } from '../../src/golden/dirichlet.js';
import { projectRoot } from '../../src/root.js';

const file = join(projectRoot(), 'test', 'golden', 'dirichlet.json.gz');
const golden: DirichletGolden = JSON.parse(gunzipSync(readFileSync(file)).toString());
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

describe('the recorded Dirichlet numbers', () => {
  it('are replayed to 1e-8, with torch where torch approximates', () => {
    const { 'pathwise.exactVsTorch': difference, ...errors } = replayDirichletGolden(golden);
    expect(Object.keys(errors)).to.have.members([
      'pathwise.D',
      'pathwise.gradBeta',
      'klToUniform.kl',
      'klToUniform.gradBeta',
      'klToUniform.entropy',
      'klToUniform.mean',
      'klToUniform.variance',
      'concentration.beta',
    ]);
    for (const [quantity, error] of Object.entries(errors)) expect(error, quantity).to.be.below(1e-8);
    // torch against exact: 1.4e-3, in a row of its rational and saddle-point branches.
    expect(difference).to.be.within(1e-4, 2e-3);
  });

  it('equal the exact gradient to 1e-5 where torch uses its ten-term series well inside their range', () => {
    let compared = 0;
    for (const { beta, theta, D, upstream, gradBeta } of golden.pathwise) {
      const total = sum(beta);
      // A series of ten terms in x <= .5 leaves up to about 1e-4 at the end of its range, next to nothing at x = .4.
      const series = theta.every((x, i) => ['small', 'large'].includes(torchBranch(x, beta[i], total)));
      if (!series || theta.some((x) => x > 0.4 && x < 0.6) || Math.min(...theta) < 1e-20) continue;
      compared++;
      const gradient = pathwiseGradient(theta, beta, upstream);
      const scale = (values: number[]) => Math.max(...values.map(Math.abs));
      theta.forEach((x, i) => {
        const y = sum(theta.filter((_, j) => j !== i));
        expect(Math.abs(betaPathwise(x, y, beta[i], total - beta[i]) - D[i])).to.be.below(1e-5 * scale(D));
        expect(Math.abs(gradient[i] - gradBeta[i])).to.be.below(1e-5 * scale(gradBeta));
      });
    }
    expect(compared).to.be.at.least(8);
  });

  it('that are altered are noticed, and NaN is not taken for agreement', () => {
    const altered = structuredClone(golden);
    altered.pathwise[10].D[1] *= 1.01;
    altered.klToUniform[0].kl = Number.NaN;
    const errors = replayDirichletGolden(altered);
    expect(errors['pathwise.D']).to.be.above(1e-4);
    expect(errors['klToUniform.kl']).to.equal(Infinity);
  });
});
