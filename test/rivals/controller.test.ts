// ENAS's controller: a distribution over all architectures, and its gradient against finite differences and enumeration.
import { expect } from 'chai';
import { createStream } from '../../src/random/stream.js';
import {
  CONTROLLER,
  type Controller,
  createController,
  drawArchitecture,
  logProbability,
} from '../../src/rivals/controller.js';
import { controllerScore } from '../../src/rivals/controllerScore.js';

/** All 5^6 architectures as operations' numbers. */
const ALL = Array.from({ length: 15_625 }, (_, n) =>
  Array.from({ length: 6 }, (_, e) => Math.floor(n / 5 ** e) % 5),
);
const small = (layers = 1): Controller =>
  createController(createStream(3, 'controller'), { ...CONTROLLER, hidden: 3, layers }, 1);
/** A made-up reward with interactions between edges. */
const reward = (picks: readonly number[]) => Math.sin(picks.reduce((sum, o, e) => sum + o * (e + 1), 0));

describe("ENAS's controller", () => {
  it('gives probabilities that sum to 1 over all 15,625 architectures', () => {
    const controller = small(2);
    const total = ALL.reduce((sum, picks) => sum + Math.exp(logProbability(controller, picks)), 0);
    expect(total).to.be.closeTo(1, 1e-10);
  });

  it('begins near the uniform distribution', () => {
    const controller = createController(createStream(0));
    for (const picks of [ALL[0], ALL[777], ALL[15_624]]) {
      expect(logProbability(controller, picks)).to.be.closeTo(-6 * Math.log(5), 0.1);
    }
  });

  it('draws what it says it draws, and the same from an equal stream', () => {
    const controller = small(2);
    const drawn = drawArchitecture(controller, createStream(5));
    expect(drawn).to.deep.equal(drawArchitecture(controller, createStream(5)));
    expect(drawn.logProbability).to.be.closeTo(logProbability(controller, drawn.picks), 1e-12);
  });

  for (const layers of [1, 2]) {
    it(`has the gradient of finite differences in every number (${layers} layer(s))`, () => {
      const controller = small(layers);
      const picks = [3, 0, 4, 1, 1, 2];
      const gradient = controllerScore(controller, picks);
      const step = 1e-6;
      controller.values.forEach((value, i) => {
        const at = (v: number) => {
          controller.values[i] = v;
          return logProbability(controller, picks);
        };
        const slope = (at(value + step) - at(value - step)) / (2 * step);
        controller.values[i] = value;
        expect(gradient[i], `number ${i}`).to.be.closeTo(slope, 1e-8);
      });
    });
  }

  it('has, weighted by reward minus w times ln p, the gradient of expected reward plus w times the exact entropy', () => {
    const controller = small();
    const w = 0.3;
    const objective = () =>
      ALL.reduce((sum, picks) => {
        const logP = logProbability(controller, picks);
        return sum + Math.exp(logP) * (reward(picks) - w * logP);
      }, 0);
    const exact = new Float64Array(controller.values.length);
    for (const picks of ALL) {
      const logP = logProbability(controller, picks);
      const weight = Math.exp(logP) * (reward(picks) - w * logP);
      controllerScore(controller, picks).forEach((s, i) => {
        exact[i] += weight * s;
      });
    }
    const step = 1e-5;
    // Of the embedding, of the cell and of the output.
    for (const i of [4, 25, 105]) {
      const value = controller.values[i];
      controller.values[i] = value + step;
      const up = objective();
      controller.values[i] = value - step;
      const down = objective();
      controller.values[i] = value;
      expect(exact[i], `number ${i}`).to.be.closeTo((up - down) / (2 * step), 1e-8);
    }
  });

  it('refuses sizes that are none', () => {
    for (const hidden of [0, -1, 1.5, Number.NaN])
      expect(() => createController(createStream(0), { ...CONTROLLER, hidden })).to.throw(/hidden/);
  });
});
