// The list of seeds that commands take.
import { expect } from 'chai';
import { seedList } from '../../src/cli/seeds.js';

describe('a list of seeds', () => {
  it('is a range or single seeds', () => {
    expect(seedList('0-3')).to.deep.equal([0, 1, 2, 3]);
    expect(seedList('0,3,7')).to.deep.equal([0, 3, 7]);
    expect(seedList('5')).to.deep.equal([5]);
  });

  for (const text of ['', '1,,2', '1,', '3-1', '1.5', '-1', '1-2,5', 'one']) {
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(() => seedList(text)).to.throw('write seeds as 0-4 or 0,3,7');
    });
  }
});
