// Schedules: the official ones, their text, and what is refused.
import { expect } from 'chai';
import { differencesFromReference, type SearchConfig, searchConfig } from '../../../src/search/config.js';
import { formatSchedule, parseSchedule, SCHEDULES } from '../../../src/search/progressive/schedules.js';

describe('schedules', () => {
  // k, operations, epochs, frozen epochs: 201-space/train_search_progressive.py:188-191, 280; DARTS-space/train_search.py:119-122,
  // 182; DARTS-space/train_search_imagenet.py:130-133, 209.
  it('are the official scripts’ ones under their names', () => {
    expect(formatSchedule(SCHEDULES['nasbench201-paper'].stages)).to.equal('4:5:50:10,2:3:50:10');
    expect(formatSchedule(SCHEDULES['darts-paper'].stages)).to.equal('6:7:25:10,4:4:25:10');
    expect(formatSchedule(SCHEDULES['darts-imagenet'].stages)).to.equal('6:7:25:10,3:4:25:10');
  });

  it('are marked as unverified where the paper is recalled', () => {
    const unverified = Object.keys(SCHEDULES).filter((name) => SCHEDULES[name].unverified);
    expect(unverified).to.deep.equal(['darts-paper-text']);
  });

  it('are read from text and written back', () => {
    expect(parseSchedule('4:5:3:1,2:3:4:0', 'nasbench201')).to.deep.equal([
      { k: 4, operations: 5, epochs: 3, frozenEpochs: 1 },
      { k: 2, operations: 3, epochs: 4, frozenEpochs: 0 },
    ]);
    for (const [name, { stages, space }] of Object.entries(SCHEDULES)) {
      expect(parseSchedule(formatSchedule(stages), space), name).to.deep.equal(parseSchedule(name, space));
    }
  });

  it('of another space or of no known name are refused with the names there are', () => {
    expect(() => parseSchedule('darts-paper', 'nasbench201')).to.throw(/darts-paper is for the space darts/);
    expect(() => parseSchedule('fast', 'nasbench201')).to.throw(/"fast".*nasbench201-paper.*4:5:50:10/);
    expect(() => parseSchedule('4:5:50', 'nasbench201')).to.throw(/k:operations:epochs:frozen/);
  });
});

describe('a configuration with stages', () => {
  const asked = (text: string, more: Partial<SearchConfig> = {}) =>
    searchConfig('smoke', { stages: parseSchedule(text, 'nasbench201'), ...more });

  it('has the first stage’s k and rest and the epochs of all', () => {
    const { k, epochs, frozenEpochs } = asked('4:5:3:1,2:3:4:2');
    expect({ k, epochs, frozenEpochs }).to.deep.equal({ k: 4, epochs: 7, frozenEpochs: 1 });
  });

  it('is the official progressive script’s at paper scale', () => {
    const config = searchConfig('paper', { stages: parseSchedule('nasbench201-paper', 'nasbench201') });
    expect(config).to.deep.include({ scale: 'paper', channels: 16, k: 4, epochs: 100, frozenEpochs: 10 });
    expect(differencesFromReference(config)).to.deep.equal([]);
  });

  it('keeps its scale’s name with the scale’s own schedule, and is custom with another one', () => {
    expect(asked('4:5:2:1,2:3:2:1').scale).to.equal('smoke');
    expect(asked('4:5:2:1,2:2:2:1').scale).to.equal('custom');
  });

  const refusals: [string, () => unknown, RegExp][] = [
    [
      'a k that does not divide C at a later stage',
      () => asked('4:5:2:0,3:3:2:0'),
      /stage 2: k = 3 does not divide the 4 channels/,
    ],
    ['a k that rises', () => asked('2:5:2:0,4:3:2:0'), /stage 2 has k = 4 after k = 2/],
    [
      'more operations than the space has',
      () => asked('4:6:2:0'),
      /keeps 6 operations an edge, but the space has 5/,
    ],
    [
      'more operations than are left',
      () => asked('4:5:2:0,2:3:2:0,1:4:2:0'),
      /stage 3 keeps 4 operations an edge, but 3 are left/,
    ],
    ['a first stage that prunes', () => asked('4:3:2:0'), /stage 1 keeps 3 of the 5 operations/],
    ['a stage in which alpha never learns', () => asked('4:5:2:2'), /frozen for 2 of its 2 epochs/],
    ['a stage of no epochs', () => asked('4:5:0:0'), /stage 1: epochs is 0/],
    ['an empty list', () => searchConfig('smoke', { stages: [] }), /expected a list of at least one stage/],
    [
      'epochs that the stages do not sum to',
      () => asked('4:5:2:0,2:3:2:0', { epochs: 9 }),
      /epochs is 9.*give 4/,
    ],
    ['another k than the first stage’s', () => asked('4:5:2:0,2:3:2:0', { k: 2 }), /k is 2.*give 4/],
    [
      'a setting of the other space',
      () => searchConfig('smoke', { cells: 8 }),
      /"cells" does not exist in the space nasbench201/,
    ],
    [
      'an unknown widening',
      () => searchConfig('smoke', { wideningRule: 'copy' as 'net2net' }),
      /wideningRule is "copy".*net2net/,
    ],
    [
      'a Dirichlet readout of DARTS’ softmax',
      () => searchConfig('smoke', { sampler: 'softmax', readout: 'dirichlet-mean' }),
      /readout is "dirichlet-mean"/,
    ],
  ];
  for (const [what, make, pattern] of refusals) {
    it(`is refused for ${what}`, () => expect(make).to.throw(pattern));
  }
});
