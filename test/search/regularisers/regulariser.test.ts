// The anchors: a weight decay, and penalties with their gradients.
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import { concentration, klToUniform, klToUniformGradient } from '../../../src/distributions/dirichlet.js';
import type { RegulariserName } from '../../../src/search/config.js';
import { klPenalty } from '../../../src/search/regularisers/kl.js';
import { regulariserOf } from '../../../src/search/regularisers/regulariserOf.js';
import { onEveryBackend } from '../../tensor/backends.js';

const alphaRows = [
  [0.3, -1.2, 0.02, 2.5, -0.01],
  [-3, -2.5, -2, 1, -4],
].map((row) => row.map(Math.fround));
const beta = alphaRows.map((row) => row.map(concentration));

describe('the regulariser', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });

  it('l2 is the weight decay of the optimiser of alpha and adds nothing to the loss', () => {
    const l2 = regulariserOf('l2', 1e-3);
    expect(l2).to.deep.equal({ name: 'l2', weight: 1e-3, weightDecay: 1e-3 });
    expect(l2.penalty).to.equal(undefined);
  });

  it('kl is a penalty and no weight decay, none is neither', () => {
    const kl = regulariserOf('kl', 0.1);
    expect([kl.weight, kl.weightDecay]).to.deep.equal([0.1, 0]);
    expect(kl.penalty).to.be.a('function');
    expect(regulariserOf('none', 1e-3)).to.deep.equal({ name: 'none', weight: 0, weightDecay: 0 });
  });

  it('refuses an unknown name and a negative weight', () => {
    expect(() => regulariserOf('l1' as 'l2', 1)).to.throw('"l1"');
    expect(() => regulariserOf('l2', -1)).to.throw('-1');
  });

  it("NASLib's joint KL over all edges at once is another number than the sum over edges", () => {
    const perEdge = beta.reduce((sum, row) => sum + klToUniform(row), 0);
    expect(Math.abs(klToUniform(beta.flat()) - perEdge)).to.be.above(1);
    // Nor does it pull in the same direction: an edge at its anchor is left alone per edge, but moved jointly.
    const anchored = [2, 0.5, 3, 1, 1, 1];
    expect(Math.max(...klToUniformGradient(anchored.slice(3)).map(Math.abs))).to.be.below(1e-15);
    expect(Math.abs(klToUniformGradient(anchored)[4])).to.be.above(0.1);
    expect(tf.tidy(() => klPenalty(tf.tensor2d(alphaRows)).dataSync()[0])).to.be.closeTo(
      perEdge,
      1e-5 * perEdge,
    );
  });
});

onEveryBackend('the KL penalty', () => {
  const penaltyAndGradient = (rows: number[][], weight: number, mask?: number[][]) =>
    tf.tidy(() => {
      const alpha = tf.tensor2d(rows);
      const penalty = (a: tf.Tensor) => regulariserOf('kl', weight).penalty!(a as tf.Tensor2D, mask);
      return {
        value: penalty(alpha).dataSync()[0],
        gradient: (tf.grad(penalty)(alpha) as tf.Tensor2D).arraySync(),
      };
    });
  const expected = (rows: number[][], mask?: number[][]) =>
    rows.reduce(
      (sum, row, e) => sum + klToUniform(row.filter((_, o) => !mask || mask[e][o]).map(concentration)),
      0,
    );

  for (const mask of [
    undefined,
    [
      [1, 0, 1, 1, 0],
      [0, 1, 0, 0, 0],
    ],
  ]) {
    it(`has the value and the finite differences of the per-edge sum${mask ? ', over kept operations only' : ''}`, () => {
      const { value, gradient } = penaltyAndGradient(alphaRows, 0.5, mask);
      const want = 0.5 * expected(alphaRows, mask);
      expect(value).to.be.closeTo(want, 1e-6 * Math.max(1, want));
      alphaRows.forEach((row, e) => {
        row.forEach((a, o) => {
          const at = (v: number) =>
            0.5 *
            expected(
              alphaRows.map((r, f) => r.map((x, p) => (e === f && o === p ? v : x))),
              mask,
            );
          const slope = (at(a + 1e-5) - at(a - 1e-5)) / 2e-5;
          expect(gradient[e][o]).to.be.closeTo(slope, 1e-6 * Math.max(1, Math.abs(slope)));
          if (mask && !mask[e][o]) expect(gradient[e][o]).to.equal(0);
        });
      });
    });
  }

  it('stays finite for alpha below -17, and pulls it up', () => {
    for (const low of [-18, -40, -80, -120]) {
      const { value, gradient } = penaltyAndGradient([[low, 0, 0, 0, 0]], 1e-3);
      expect(value).to.be.finite.and.to.be.above(0);
      expect(gradient.flat().every(Number.isFinite)).to.equal(true);
      expect(gradient[0][0]).to.be.below(0);
    }
  });
});

/** Plain values of the penalties of one edge or more, by their definitions. */
const definitions: Record<string, (rows: number[][], mask?: number[][]) => number> = {
  'l2-beta': (rows) => rows.flat().reduce((sum, b) => sum + (b - 1) ** 2, 0),
  'norm-beta': (rows) => Math.hypot(...rows.flat().map((b) => b - 1)),
  'kl-joint': (rows) => klToUniform(rows.flat()),
  entropy: (rows) =>
    rows.reduce((sum, row) => {
      const total = row.reduce((a, b) => a + b);
      const negative = row.reduce((h, b) => h + (b / total) * Math.log(b / total), 0);
      return sum + Math.log(row.length) + negative;
    }, 0),
};

describe('the other anchors', () => {
  before(async () => {
    await tf.setBackend('cpu');
  });
  const penaltyAndGradient = (
    name: RegulariserName,
    rows: number[][],
    mask?: number[][],
    family?: 'softmax' | 'dirichlet',
    weight = 0.5,
  ) =>
    tf.tidy(() => {
      const alpha = tf.tensor2d(rows);
      const penalty = (a: tf.Tensor) => regulariserOf(name, weight, family).penalty!(a as tf.Tensor2D, mask);
      return {
        value: penalty(alpha).dataSync()[0],
        gradient: (tf.grad(penalty)(alpha) as tf.Tensor2D).arraySync(),
      };
    });
  const mask = [
    [1, 0, 1, 1, 0],
    [0, 1, 0, 1, 0],
  ];
  const keptBeta = (rows: number[][], kept?: number[][]) =>
    rows.map((row, e) => row.filter((_, o) => !kept || kept[e][o]).map(concentration));

  for (const name of ['l2-beta', 'norm-beta', 'kl-joint', 'entropy'] as const) {
    for (const kept of [undefined, mask]) {
      it(`${name} has its definition's value and finite differences${kept ? ', over kept operations only' : ''}`, () => {
        const { value, gradient } = penaltyAndGradient(name, alphaRows, kept);
        const expected = (rows: number[][]) => 0.5 * definitions[name](keptBeta(rows, kept));
        expect(value).to.be.closeTo(expected(alphaRows), 1e-5 * Math.max(1, expected(alphaRows)));
        alphaRows.forEach((row, e) => {
          row.forEach((a, o) => {
            const at = (v: number) =>
              expected(alphaRows.map((r, f) => r.map((x, p) => (e === f && o === p ? v : x))));
            const slope = (at(a + 1e-5) - at(a - 1e-5)) / 2e-5;
            expect(gradient[e][o]).to.be.closeTo(slope, 1e-5 * Math.max(1, Math.abs(slope)));
            if (kept && !kept[e][o]) expect(gradient[e][o]).to.equal(0);
          });
        });
      });
    }
  }

  it('entropy is that of softmax(alpha) for samplers of logits', () => {
    const { value, gradient } = penaltyAndGradient('entropy', [[0.5, -1, 2]], undefined, 'softmax', 1);
    const at = ([a, b, c]: number[]) => {
      const powers = [a, b, c].map(Math.exp);
      const total = powers.reduce((x, y) => x + y);
      return Math.log(3) + powers.reduce((h, p) => h + (p / total) * Math.log(p / total), 0);
    };
    expect(value).to.be.closeTo(at([0.5, -1, 2]), 1e-6);
    [0.5, -1, 2].forEach((a, i, all) => {
      const moved = (by: number) => at(all.map((x, j) => (i === j ? a + by : x)));
      expect(gradient[0][i]).to.be.closeTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-6);
    });
  });

  it('have values that can be reckoned by hand', () => {
    // beta = (3, 1, 1/2) for alpha = (2, 0, ln 1/2): (3 - 1)^2 + (1/2 - 1)^2 = 4.25.
    const alpha = [[2, 0, Math.log(0.5)]];
    const by = (name: RegulariserName) => penaltyAndGradient(name, alpha, undefined, undefined, 1);
    expect(by('l2-beta').value).to.be.closeTo(4.25, 1e-6);
    expect(by('norm-beta').value).to.be.closeTo(Math.sqrt(4.25), 1e-6);
    // 2 (beta - 1) d beta / d alpha: 4, 0, and 2 * (-1/2) * 1/2.
    [4, 0, -0.5].forEach((g, i) => expect(by('l2-beta').gradient[0][i]).to.be.closeTo(g, 1e-6));
    // theta = (2/3, 2/9, 1/9).
    const entropyGap =
      Math.log(3) + (2 / 3) * Math.log(2 / 3) + (2 / 9) * Math.log(2 / 9) + (1 / 9) * Math.log(1 / 9);
    expect(by('entropy').value).to.be.closeTo(entropyGap, 1e-6);
  });

  // Checked with forty digits: KL(Dir(2,1,1,1,1) || Dir(1)) and KL(Dir(1.3 x 7) || Dir(1)).
  it('have the KL of known Dirichlets', () => {
    expect(penaltyAndGradient('kl-joint', [[1, 0, 0, 0, 0]], undefined, undefined, 1).value).to.be.closeTo(
      0.3261045791,
      1e-6,
    );
    const seven = [new Array(7).fill(0.3)];
    for (const name of ['kl', 'kl-joint'] as const)
      expect(penaltyAndGradient(name, seven, undefined, undefined, 1).value).to.be.closeTo(
        0.1220429939,
        1e-6,
      );
    // One edge of two left its anchor: as one Dirichlet of ten that is ln 10 + psi(2) - psi(11), with psi(n + 1) = -gamma + H_n.
    const both = [
      [1, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
    ];
    const joint = penaltyAndGradient('kl-joint', both, undefined, undefined, 1).value;
    const harmonic = (n: number): number => (n === 0 ? 0 : 1 / n + harmonic(n - 1));
    expect(joint).to.be.closeTo(Math.log(10) + harmonic(1) - harmonic(10), 1e-6);
  });

  it('are 0 with no pull at the anchor, also the norm, which has no derivative there', () => {
    for (const name of ['kl', 'l2-beta', 'norm-beta', 'kl-joint', 'entropy'] as const) {
      const { value, gradient } = penaltyAndGradient(name, [
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
      ]);
      expect(value, name).to.be.closeTo(0, 1e-6);
      for (const g of gradient.flat()) expect(Math.abs(g), name).to.be.below(1e-7);
    }
  });

  it('norm-beta pulls with the same force at any distance, where the square pulls harder the farther', () => {
    const force = (name: RegulariserName, alpha: number) =>
      Math.abs(penaltyAndGradient(name, [[alpha, 0]], undefined, undefined, 1).gradient[0][0]);
    expect(force('norm-beta', 0.1)).to.be.closeTo(force('norm-beta', 5), 1e-6);
    expect(force('l2-beta', 5) / force('l2-beta', 0.1)).to.be.closeTo(50, 1e-3);
  });

  it('entropy with a positive weight raises the entropy, with a negative one it lowers it', () => {
    // Descent goes against the gradient: it lowers a leading alpha, or raises it.
    expect(penaltyAndGradient('entropy', [[2, 0, 0]], undefined, undefined, 1).gradient[0][0]).to.be.above(0);
    expect(penaltyAndGradient('entropy', [[2, 0, 0]], undefined, undefined, -1).gradient[0][0]).to.be.below(
      0,
    );
  });
});
