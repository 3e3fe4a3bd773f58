// A study's record: what of a run it keeps, that it stands in for the runs themselves, and what it refuses.
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readEvents, readRun } from '../../src/search/folder.js';
import type { StudyDefinition } from '../../src/study/definition.js';
import { coursePoint, readRecord, recordStudy, requestDigest, writeRecord } from '../../src/study/record.js';
import { studyResults } from '../../src/study/results.js';
import { studyFiles, studyJobs } from '../../src/study/study.js';

const TINY = {
  ...{ dataset: 'procedural', epochs: 2, stepsPerEpoch: 2, frozenEpochs: 0 },
  ...{ evaluationImages: 16, bandSamples: 0 },
};

describe('the record of a study', function () {
  this.timeout(120_000);
  let base: string;
  let file: string;
  const study = (more: Partial<StudyDefinition> = {}): StudyDefinition => ({
    ...{ format: 'drnas-study-1', name: 'tiny', scale: 'smoke', seeds: [0, 1], base: TINY },
    ...{ out: join(base, 'runs'), axes: { sampler: ['dirichlet'] } },
    ...more,
  });
  const starts = () => readFileSync(studyFiles(study()).journal, 'utf8').match(/"start/g)?.length;
  before(async () => {
    base = mkdtempSync(join(tmpdir(), 'drnas-record-'));
    file = join(base, 'tiny.jsonl');
    const { from } = await studyResults(study());
    expect(from).to.deep.equal({ record: 0, folders: 0, here: 2 });
    writeRecord(file, recordStudy(study(), await studyJobs(study())));
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  it('keeps of a run its exact row, and its course to five digits', async () => {
    const { runs, data } = readRecord(file);
    expect(data.map(({ title }) => title)).to.have.length(1);
    const [job] = await studyJobs(study());
    const run = readRun(job.folder);
    expect(runs[0].digest).to.equal(run.result!.alphaSha256);
    expect(runs[0].genotype).to.equal(run.result!.genotype);
    expect(runs[0].seconds).to.equal(run.result!.seconds);
    expect(runs[0].course.map(({ epoch }) => epoch)).to.deep.equal([1, 2]);
    const [point] = runs[0].course;
    expect(point.trainLoss).to.equal(Number(run.epochs[0].trainLoss.toPrecision(5)));
    expect(point.concentration![2]).to.be.closeTo(Math.max(...run.epochs[0].concentration.flat()), 1e-4);
    expect(runs[0].alpha!.flat()).to.have.length(30);
  });

  it('stands in for the runs: with it nothing is run, though their folders are gone', async () => {
    const away = study({ out: join(base, 'elsewhere') });
    const { runs, from, summary } = await studyResults(away, { record: file });
    expect(from).to.deep.equal({ record: 2, folders: 0, here: 0 });
    expect(runs.map(({ seed }) => seed)).to.deep.equal([0, 1]);
    expect(summary.settings).to.have.length(1);
    expect(() => readdirSync(join(base, 'elsewhere'))).to.throw('ENOENT');
  });

  it('runs only what it does not have, and finds a run that stands in it under another name', async () => {
    const before = starts();
    const more = study({
      axes: undefined,
      variants: [{ name: 'own' }, { name: 'more', settings: { regulariser: 'kl' } }],
      seeds: [0],
    });
    const { runs, from } = await studyResults(more, { record: file });
    expect(from).to.deep.equal({ record: 1, folders: 0, here: 1 });
    expect(runs.map(({ label }) => label.variant)).to.deep.equal(['own', 'more']);
    expect(starts()).to.equal(before! + 1);
    expect((await studyResults(more, { record: file })).from.here, 'again').to.equal(0);
  });

  it('is passed over when asked: then the folders count', async () => {
    const { from } = await studyResults(study(), { record: file, fresh: true });
    expect(from).to.deep.equal({ record: 0, folders: 2, here: 0 });
  });

  it('serves without the data that its runs were made on, if it has every run; else the data are asked for', async () => {
    const missing = { dataFolder: join(base, 'no-data') };
    mkdirSync(missing.dataFolder);
    const lines = readFileSync(file, 'utf8');
    // The same runs, as if they had been made on CIFAR-10, which is not there.
    const other = study({ base: { ...TINY, dataset: 'cifar10' } });
    const jobs = (await studyJobs(study())).map((job) => ({
      ...job,
      config: { ...job.config, dataset: 'cifar10' },
    }));
    const [head, ...runs] = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const moved = join(base, 'moved.jsonl');
    runs.forEach((run, i) => {
      run.request = requestDigest(jobs[i] as never);
    });
    writeFileSync(moved, [head, ...runs].map((line) => `${JSON.stringify(line)}\n`).join(''));
    const said: string[] = [];
    const served = await studyResults(other, { ...missing, record: moved, log: (line) => said.push(line) });
    expect(served.from.record).to.equal(2);
    expect(said.join('\n')).to.include('data are not at hand');
    const asked = await studyResults({ ...other, seeds: [7] }, { ...missing, record: moved }).catch(
      (error) => error,
    );
    expect(asked).to.be.an('error').with.property('message').that.includes('cifar');
  });

  it('has a request that does not depend on where the data came from, and changes with every setting', async () => {
    const [a, b] = await studyJobs(study());
    const [kl] = await studyJobs(study({ axes: { sampler: ['softmax'] }, seeds: [0] }));
    expect(new Set([a, b, kl].map(requestDigest)).size).to.equal(3);
    const elsewhere = await studyJobs(study(), {
      open: async () => ({ name: 'procedural', checksum: 'another copy' }) as never,
    });
    expect(elsewhere[0].folder).to.not.equal(a.folder);
    expect(requestDigest(elsewhere[0])).to.equal(requestDigest(a));
  });

  it('is refused while runs are unfinished, and a broken file by its line', async () => {
    const unfinished = study({ seeds: [0, 1, 2] });
    const jobs = await studyJobs(unfinished);
    expect(() => recordStudy(unfinished, jobs)).to.throw(/1 of 3 runs .* not finished/);
    const broken = join(base, 'broken.jsonl');
    writeFileSync(broken, readFileSync(file, 'utf8'));
    appendFileSync(broken, '{"label":');
    expect(() => readRecord(broken)).to.throw(/broken.jsonl, line 4 is no JSON/);
    writeFileSync(broken, '{}\n');
    expect(() => readRecord(broken)).to.throw('drnas-study-record-1');
  });
});

describe('a point of a course', () => {
  it('leaves out what an epoch did not measure', () => {
    expect(coursePoint({ epoch: 3, trainLoss: 1.23456789, validLoss: null })).to.deep.equal({
      epoch: 3,
      trainLoss: 1.2346,
    });
    expect(readEvents('/nowhere/metrics.jsonl')).to.deep.equal([]);
  });
});
