// The options of `drnas rival` as settings: a file's, changed by the command line; what belongs nowhere is refused.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { settingsOf } from '../../src/cli/rivalOptions.js';
import { rivalRequest } from '../../src/rivals/request.js';
import { temporaryFolder } from '../data/files.js';

describe('the options of drnas rival', () => {
  const temporary = temporaryFolder();
  after(() => temporary.remove());
  const file = (name: string, text: string) => {
    const path = join(temporary.path, name);
    writeFileSync(path, text);
    return path;
  };

  it('change a file’s settings one by one, each in the group that it belongs to', () => {
    const config = file('enas.json', '{"seed": 4, "search": {"epochs": 9}, "controller": {"layers": 1}}');
    const set = ['batchSize=16', 'search.stepsPerEpoch=2', 'controller.hidden=8'];
    expect(settingsOf('enas', { config, set, candidates: 3 })).to.deep.equal({
      ...{ method: 'enas', seed: 4, candidates: 3 },
      search: { epochs: 9, stepsPerEpoch: 2, batchSize: 16 },
      controller: { layers: 1, hidden: 8 },
    });
    expect(settingsOf('evolution', { set: ['population=5'] })).to.deep.equal({
      ...{ method: 'evolution', seed: 0, settings: { population: 5 } },
    });
  });

  it('are refused where they belong nowhere', () => {
    const request = (name: string, ...set: string[]) => rivalRequest(settingsOf(name, { set }));
    expect(() => request('random', 'search.epochs=3')).to.throw('search is no setting of random');
    expect(() => request('enas', 'controller.a.b=3')).to.throw('write controller.a with its value as JSON');
    expect(() => request('enas', 'controller=3')).to.throw('write it as controller.name=value');
    expect(() => settingsOf('random', { config: file('none.json', '') })).to.throw('no JSON with settings');
    const other = file('other.json', '{"method": "rsps"}');
    expect(() => settingsOf('random', { config: other })).to.throw('is for rsps, not for random');
  });
});
