// Runs made small for the repository.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { readRun } from '../../src/search/folder.js';
import { storeRun } from '../../src/search/storeRun.js';
import { temporaryFolder } from '../data/files.js';

describe('a stored run', () => {
  const temporary = temporaryFolder();
  after(() => temporary.remove());
  const run = join(temporary.path, 'my-run');
  const events = [
    { event: 'step', step: 1 },
    { event: 'epoch', epoch: 1 },
    { event: 'stage', stage: 2 },
  ];

  beforeEach(() => {
    rmSync(temporary.path, { recursive: true, force: true });
    mkdirSync(join(run, 'checkpoints'), { recursive: true });
    const manifest = {
      digest: 'a',
      dataset: { source: '/home/me/cifar' },
      table: { source: '/home/me/t.csv' },
    };
    writeFileSync(join(run, 'manifest.json'), `${JSON.stringify(manifest)}\n`);
    writeFileSync(join(run, 'result.json'), '{"steps":1}\n');
    writeFileSync(join(run, 'metrics.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    writeFileSync(join(run, 'checkpoints', 'last.safetensors'), 'weights');
  });

  it('is read like the run, without its steps and weights', () => {
    const folder = storeRun(run, join(temporary.path, 'stored'));
    expect(folder).to.equal(join(temporary.path, 'stored', 'my-run'));
    const { manifest, epochs, stages, steps, result } = readRun(folder);
    expect(manifest.digest).to.equal('a');
    expect(manifest.dataset.source, 'a folder of this machine').to.equal('cifar');
    expect(manifest.table?.source).to.equal('t.csv');
    expect([epochs.length, stages.length, steps.length]).to.deep.equal([1, 1, 0]);
    expect(result?.steps).to.equal(1);
    expect(existsSync(join(folder, 'checkpoints'))).to.equal(false);
    expect(readFileSync(join(run, 'metrics.jsonl'), 'utf8')).to.contain('"step"');
  });

  it('may be stored again, but not over another run', () => {
    const stored = join(temporary.path, 'stored');
    storeRun(run, stored);
    storeRun(run, stored);
    writeFileSync(join(run, 'manifest.json'), '{"digest":"b"}\n');
    expect(() => storeRun(run, stored)).to.throw(/holds another run/);
    expect(readRun(join(stored, 'my-run')).manifest.digest).to.equal('a');
  });

  it('never takes the place of the run itself, whose steps would be lost', () => {
    writeFileSync(join(run, 'manifest.json'), '{"digest":"a","table":null}\n');
    expect(() => storeRun(run, temporary.path)).to.throw(/would be stored over itself/);
    expect(readRun(run).steps).to.have.length(1);
  });

  it('must be finished', () => {
    rmSync(join(run, 'result.json'));
    expect(() => storeRun(run, join(temporary.path, 'stored'))).to.throw(/not finished/);
    expect(() => storeRun(join(temporary.path, 'nothing'), temporary.path)).to.throw(/holds no run/);
  });
});
