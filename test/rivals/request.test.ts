// What a rival is asked to do, as JSON: what is accepted, and what is refused by name before any work.
import { expect } from 'chai';
import { type RivalSettings, rivalRequest } from '../../src/rivals/request.js';

const request = (settings: Record<string, unknown>) =>
  rivalRequest({ seed: 0, ...settings } as unknown as RivalSettings);

describe('the request of a rival', () => {
  it('over the table has a budget, what is seen, and the rival’s own settings', () => {
    expect(
      request({ method: 'evolution', queries: 50, searchOn: 'cifar100', settings: { population: 5 } }),
    ).to.deep.equal({
      kind: 'table',
      rival: 'evolution',
      seed: 0,
      budget: { queries: 50 },
      searchOn: 'cifar100',
      epochs: 12,
      settings: { population: 5 },
    });
    expect(request({ method: 'random' })).to.not.have.property('budget');
    expect(request({ method: 'random', queries: 5, simulatedSeconds: 900 })).to.deep.include({
      budget: { queries: 5, seconds: 900 },
    });
  });

  it('with weight sharing has a search’s configuration with the request’s seed', () => {
    const made = request({ method: 'enas', seed: 7, scale: 'smoke', candidates: 3, search: { epochs: 9 } });
    if (made.kind !== 'sharing') throw new Error('expected shared weights');
    expect(made.config.search).to.include({ seed: 7, epochs: 9, sampler: 'uniform-path' });
    expect(made.config.candidates).to.equal(3);
    expect(made.config.controller).to.be.an('object');
  });

  it('is refused by the name of what does not exist or does not belong together', () => {
    const bad: [Record<string, unknown>, RegExp][] = [
      [{ method: 'bayes' }, /no rival "bayes"/],
      [{ method: 'random', seed: 1.5 }, /seed is 1.5/],
      [{ method: 'random', candidates: 5 }, /candidates is no setting of random, which only asks the table/],
      [{ method: 'rsps', queries: 5 }, /queries is no setting of rsps, which trains shared weights/],
      [{ method: 'random', luck: 1 }, /luck is no setting of random: use one of/],
      [{ method: 'random', searchOn: 'mnist' }, /searchOn is "mnist"/],
      [{ method: 'random', seenEpochs: 90 }, /seenEpochs is 90/],
      [{ method: 'reinforce', settings: { luck: 1 } }, /"luck" does not exist: use one of learningRate/],
      [
        { method: 'reinforce', settings: { learningRate: 'fast' } },
        /learningRate is "fast", expected a number/,
      ],
      [{ method: 'enas', controller: { layer: 3 } }, /controller.layer does not exist: use one of hidden/],
      [{ method: 'enas', controller: { betas: [0.9] } }, /controller.betas is \[0.9\], expected two numbers/],
      [{ method: 'rsps', search: { dataset: 'imagenet' } }, /choose another data set/],
      [{ method: 'rsps', scale: 'huge' }, /scale "huge" does not exist/],
    ];
    for (const [settings, message] of bad) expect(() => request(settings)).to.throw(message);
  });
});
