// The lists of seeds and samplers that commands take.
import { expect } from 'chai';
import { samplersOf, seedList } from '../../src/cli/seeds.js';

describe('a list of seeds', () => {
  it('is a range or single seeds', () => {
    expect(seedList('0-3')).to.deep.equal([0, 1, 2, 3]);
    expect(seedList('0,3,7')).to.deep.equal([0, 3, 7]);
    expect(seedList('5')).to.deep.equal([5]);
  });

  it('has each once', () => {
    expect(() => seedList('0,3,0')).to.throw('write each seed once');
  });

  for (const text of ['', '1,,2', '1,', '3-1', '1.5', '-1', '1-2,5', 'one']) {
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(() => seedList(text)).to.throw('write seeds as 0-4 or 0,3,7');
    });
  }
});

describe('the samplers of drnas seeds', () => {
  it('are those listed, or the one that the settings ask for', () => {
    expect(samplersOf({ samplers: 'dirichlet,softmax' }, { sampler: 'dirichlet' })).to.deep.equal([
      'dirichlet',
      'softmax',
    ]);
    expect(samplersOf({ sampler: 'softmax' }, { sampler: 'softmax' })).to.deep.equal(['softmax']);
  });

  it('come without a single seed or sampler, which would be passed over', () => {
    const config = { sampler: 'softmax' } as const;
    expect(() => samplersOf({ seed: 3 }, config)).to.throw('--seed stands beside --seeds');
    expect(() => samplersOf({ samplers: 'dirichlet', sampler: 'softmax' }, config)).to.throw(
      '--sampler stands',
    );
  });
});
