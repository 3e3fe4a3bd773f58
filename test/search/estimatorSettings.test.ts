// Settings of samplers, anchors and gradients: what does not go together is refused before any work; digests stay.
import { expect } from 'chai';
import { Command } from 'commander';
import { configOf } from '../../src/cli/configOf.js';
import { addSettings, type SettingOptions } from '../../src/cli/settings.js';
import { readoutOf, type SearchConfig, searchConfig } from '../../src/search/config.js';
import { SAMPLERS } from '../../src/search/samplers/traits.js';
import { temperatureAt } from '../../src/search/temperature.js';

describe('settings of the estimator', () => {
  const refusals: [string, Partial<SearchConfig>, RegExp][] = [
    [
      'a second order of a score',
      { sampler: 'dirichlet-score', order: 2 },
      /order is 2, expected 1.*dirichlet-score is score/,
    ],
    ['a second order of a path', { sampler: 'gdas', order: 2 }, /order is 2.*gdas is straight-through/],
    ['a third order', { order: 3 as 2 }, /order is 3, expected 1 or 2/],
    ['no sample a step', { samplesPerStep: 0 }, /samplesPerStep is 0.*at least 1/],
    ['half a sample', { samplesPerStep: 1.5 }, /samplesPerStep is 1.5.*integer/],
    ['equal samples', { sampler: 'softmax', samplesPerStep: 2 }, /samplesPerStep is 2.*draws nothing/],
    ['samples for nobody', { sampler: 'uniform-path', samplesPerStep: 2 }, /does not learn/],
    ['equal cells', { sampler: 'dirichlet-mean', thetaPer: 'cell' }, /thetaPer is "cell".*draws nothing/],
    ['an unknown thetaPer', { thetaPer: 'edge' as 'cell' }, /thetaPer.*network, cell/],
    [
      'a temperature of 0',
      { sampler: 'gdas', temperature: { initial: 1, final: 0 } },
      /temperature.*above 0/,
    ],
    ['half a temperature', { sampler: 'gdas', temperature: { initial: 1 } as never }, /temperature.*above 0/],
    [
      'a temperature of the Dirichlet',
      { temperature: { initial: 5, final: 1 } },
      /temperature.*gumbel-softmax and gdas.*dirichlet does not use it/,
    ],
    ['a scale of no normal', { logisticNormalScale: 2 }, /logisticNormalScale.*setting of logistic-normal/],
    [
      'a negative scale',
      { sampler: 'logistic-normal', logisticNormalScale: -1 },
      /logisticNormalScale is -1/,
    ],
    ['a baseline of no score', { scoreBaseline: 'none' }, /scoreBaseline.*dirichlet-score/],
    [
      'clipping with a gradient that is not there',
      { sampler: 'dirichlet-score', clipIncludesAlpha: true },
      /clipIncludesAlpha.*no gradient/,
    ],
    [
      'an anchor of concentrations without any',
      { sampler: 'gdas', regulariser: 'kl' },
      /regulariser is "kl".*no Dirichlet/,
    ],
    ['edges that nobody teaches', { sampler: 'uniform-path', edgeNormalisation: true }, /edgeNormalisation/],
    ['a negative weight of the paper’s anchor', { regulariserWeight: -1 }, /regulariserWeight is -1/],
    ['an infinite weight', { regulariser: 'entropy', regulariserWeight: -Infinity }, /regulariserWeight/],
  ];
  for (const [what, overrides, pattern] of refusals) {
    it(`refuse ${what}`, () => {
      expect(() => searchConfig('smoke', overrides)).to.throw(pattern);
    });
  }

  it('are left out of a configuration where they have their defaults', () => {
    const spelt = searchConfig('smoke', {
      samplesPerStep: 1,
      thetaPer: 'network',
      order: 1,
      edgeNormalisation: false,
      temperature: { initial: 10, final: 1 },
      logisticNormalScale: 1,
      scoreBaseline: 'auto',
    });
    expect(spelt).to.deep.equal(searchConfig('smoke'));
    expect(searchConfig('smoke', { samplesPerStep: 2 })).to.include({ samplesPerStep: 2, scale: 'custom' });
  });

  it('read the architecture from the sampler’s own family', () => {
    for (const sampler of ['gdas', 'gumbel-softmax', 'dsnas', 'logistic-normal'] as const)
      expect(readoutOf({ sampler })).to.equal('softmax');
    expect(readoutOf({ sampler: 'dirichlet-score' })).to.equal('dirichlet-mean');
    expect(
      searchConfig('smoke', { regulariser: 'entropy', regulariserWeight: -0.1 }).regulariserWeight,
    ).to.equal(-0.1);
  });

  // 201-space/train_search.py: 10 at first, 10 - 0.09 (e + 1) after epoch e.
  it('cool from 10 to 1 over the epochs as the official script does', () => {
    const config = searchConfig('paper', { sampler: 'gumbel-softmax' });
    [0, 1, 50, 99].forEach((epoch) =>
      expect(temperatureAt(config, epoch)).to.be.closeTo(10 - 0.09 * epoch, 1e-12),
    );
    expect(temperatureAt(searchConfig('paper'), 3)).to.equal(undefined);
  });

  it('can all be given on the command line', () => {
    const given = (line: string) =>
      configOf(addSettings(new Command()).parse(line.split(' '), { from: 'user' }).opts<SettingOptions>());
    const line =
      '--scale smoke --sampler gumbel-softmax --samples-per-step 2 --theta-per cell --temperature 5:0.5 ' +
      '--order 2 --edge-normalisation --regulariser entropy --lambda -0.1';
    expect(given(line)).to.deep.include({
      sampler: 'gumbel-softmax',
      samplesPerStep: 2,
      thetaPer: 'cell',
      temperature: { initial: 5, final: 0.5 },
      order: 2,
      edgeNormalisation: true,
      regulariser: 'entropy',
      regulariserWeight: -0.1,
    });
    expect(given('--scale smoke --sampler dirichlet-score --score-baseline none').scoreBaseline).to.equal(
      'none',
    );
    expect(given('--scale smoke --set logisticNormalScale=2 --sampler logistic-normal')).to.include({
      logisticNormalScale: 2,
    });
  });

  it('name every sampler with a line that says what it is', () => {
    for (const { summary } of Object.values(SAMPLERS)) expect(summary.length).to.be.within(20, 90);
  });
});
