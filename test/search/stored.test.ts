// Runs kept with the repository: found by what was asked, whatever the preset's name or the machine.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { searchConfig } from '../../src/search/config.js';
import { findStored } from '../../src/search/stored.js';

describe('a stored run', () => {
  let folder: string;
  const store = (name: string, manifest: object, finished = true) => {
    const run = join(folder, name);
    mkdirSync(run);
    writeFileSync(join(run, 'manifest.json'), JSON.stringify(manifest));
    if (finished) writeFileSync(join(run, 'result.json'), '{}');
    return run;
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'drnas-stored-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is found by its settings, under any name of its preset, and not once one of them differs', () => {
    const config = searchConfig('smoke', { dataset: 'cifar10', seed: 3 });
    const run = store('a', { config: { ...config, scale: 'laptop' } });
    expect(findStored(folder, { config })).to.equal(run);
    expect(findStored(folder, { config: { ...config, samplesPerStep: 1 } }), 'the default said').to.equal(
      run,
    );
    expect(findStored(folder, { config: { ...config, seed: 4 } })).to.equal(undefined);
    expect(findStored(folder, { config: { ...config, dataset: 'auto' } })).to.equal(undefined);
  });

  it('of a training is found by its architecture, too, whatever that is called', () => {
    const config = { epochs: 2, seed: 0 };
    const run = store('b', { config, architecture: { space: 'darts', text: 'cell', name: 'mine' } });
    const of = (text: string) => findStored(folder, { config, architecture: { space: 'darts', text } });
    expect([of('cell'), of('another')]).to.deep.equal([run, undefined]);
  });

  it('does not count while it is unfinished', () => {
    const config = { epochs: 9, seed: 0 };
    const architecture = { space: 'darts', text: 'cell' };
    store('c', { config, architecture }, false);
    expect(findStored(folder, { config, architecture })).to.equal(undefined);
    expect(findStored(join(folder, 'missing'), { config })).to.equal(undefined);
  });
});
