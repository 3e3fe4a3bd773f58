// From a study to runs: configurations and folders, refusals by name, the command line of each kind.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { openDataset } from '../../src/data/open.js';
import type { Dataset } from '../../src/data/types.js';
import { searchConfig } from '../../src/search/config.js';
import { runFolder } from '../../src/search/start.js';
import type { StudyDefinition } from '../../src/study/definition.js';
import type { SearchJob } from '../../src/study/jobs.js';
import { jobArguments, makeRun, type OpenData } from '../../src/study/kinds.js';
import { knownJobs, storeJobs, studyFiles, studyJobs } from '../../src/study/study.js';

describe('the jobs of a study', () => {
  let out: string;
  before(() => {
    out = mkdtempSync(join(tmpdir(), 'drnas-jobs-'));
  });
  after(() => rmSync(out, { recursive: true }));
  const study = (more: Partial<StudyDefinition> = {}): StudyDefinition => ({
    ...{ format: 'drnas-study-1', name: 'jobs', seeds: '0-1', scale: 'smoke', out },
    base: { dataset: 'procedural' },
    ...more,
  });

  // Drawn once for all tests.
  const drawn = new Map<number, Promise<Dataset>>();
  const open: OpenData = (_, imageSize) => {
    if (!drawn.has(imageSize)) drawn.set(imageSize, openDataset('procedural', { imageSize }));
    return drawn.get(imageSize)!;
  };
  const made = (definition: StudyDefinition) => studyJobs(definition, { open });

  it('come seed by seed, each in the folder that its search has anyway', async () => {
    const jobs = (await made(study({ axes: { sampler: ['dirichlet', 'softmax'] } }))) as SearchJob[];
    expect(jobs.map(({ id }) => id)).to.deep.equal([
      'dirichlet-seed0',
      'softmax-seed0',
      'dirichlet-seed1',
      'softmax-seed1',
    ]);
    const config = searchConfig('smoke', { dataset: 'procedural', sampler: 'softmax', seed: 1 });
    const dataset = await open('procedural', config.imageSize);
    expect(jobs[3].folder).to.equal(runFolder(config, dataset, out));
    expect(jobs[3].config).to.deep.equal(config);
  });

  it('have stages by name, as text, or as the scale has them', async () => {
    const schedules = {
      ...{
        named: { stages: 'nasbench201-smoke' },
        written: { stages: '4:5:2:1,2:3:2:1' },
        own: { stages: true },
      },
    };
    const jobs = (await made(study({ axes: { schedule: schedules }, seeds: [0] }))) as SearchJob[];
    // All three are the smoke schedule, hence one run.
    expect(new Set(jobs.map(({ folder }) => folder)).size).to.equal(1);
    expect(jobs[0].config.stages).to.have.length(2);
  });

  it('may be trainings, and rivals with settings of their own', async () => {
    const jobs = await made(
      study({
        seeds: [3],
        base: {},
        variants: [
          {
            ...{ name: 'paper', kind: 'evaluate' },
            settings: { architecture: '9930', dataset: 'procedural', scale: 'smoke' },
          },
          { name: 'random', kind: 'rival', settings: { method: 'random', queries: 10 } },
        ],
      }),
    );
    const [evaluate, rival] = jobs.map((job) =>
      jobArguments(job, 'c.json', { threads: 1, tableFile: 't.csv' }),
    );
    const place = (i: number) => [
      '--config',
      'c.json',
      '--out',
      jobs[i].folder,
      '--resume',
      '--threads',
      '1',
    ];
    expect(evaluate.slice(0, 2)).to.deep.equal(['evaluate', '--architecture']);
    expect(evaluate.slice(5)).to.deep.equal(place(0));
    expect(rival).to.deep.equal(['rival', 'random', '--seed', '3', ...place(1), '--table', 't.csv']);
    expect(jobs[1].config).to.deep.equal({ method: 'random', queries: 10, seed: 3 });
  });

  it('share the run of equal settings, under whatever name of a preset it lies', async () => {
    const elsewhere = join(out, 'shared');
    const [first] = (await made(study({ seeds: [0], out: elsewhere }))) as SearchJob[];
    mkdirSync(first.folder, { recursive: true });
    // All of smoke's settings over another preset: the same search.
    const { seed: _, scale: __, ...settings } = first.config;
    const custom = study({ seeds: [0], out: elsewhere, scale: 'laptop', base: { ...settings } });
    const [again] = (await made(custom)) as SearchJob[];
    expect(again.config.scale).to.equal('custom');
    expect(again.folder).to.equal(first.folder);
  });

  it('of rivals over the table are addressed by that table, too; those with shared weights have the study’s scale', async () => {
    const rival = (method: string, table?: string) =>
      makeRun.rival(
        { method },
        { scale: 'smoke', seed: 0, base: out, open, tableChecksum: async () => table },
      );
    const folders = await Promise.all(['a', 'b', undefined].map((table) => rival('random', table)));
    expect(new Set(folders.map(({ folder }) => folder)).size).to.equal(3);
    expect((await rival('random', 'a')).folder).to.equal(folders[0].folder);
    const { config, folder } = await rival('rsps');
    expect(config).to.include({ method: 'rsps', scale: 'smoke' });
    expect(basename(folder)).to.match(/^nb201-smoke-procedural-rsps-seed0-/);
  });

  it('pass on to a search how much memory it may take, in GiB or as none', async () => {
    const [job] = await made(study({ seeds: [0] }));
    const last = (searchMemory: number) =>
      jobArguments(job, 'c.json', { threads: 1, searchMemory }).slice(-2);
    expect(last(1.5 * 2 ** 30)).to.deep.equal(['--memory', '1.5']);
    expect(last(Number.POSITIVE_INFINITY)).to.deep.equal(['--memory', 'none']);
    expect(jobArguments(job, 'c.json', { threads: 1 })).not.to.include('--memory');
  });

  const refused: [string, Partial<StudyDefinition>, string][] = [
    [
      'a setting that does not exist',
      { axes: { sampelr: ['softmax'] } },
      'setting "softmax" of the study jobs: setting "sampelr" does not exist',
    ],
    ['a value that cannot be', { axes: { k: [3] } }, 'setting "3" of the study jobs: k'],
    ['a schedule that does not exist', { base: { stages: 'long' } }, 'setting "base" of the study jobs:'],
    [
      'a training without an architecture',
      { kind: 'evaluate' },
      'architecture is undefined, expected a genotype, a published name',
    ],
    [
      'a rival that does not exist',
      { kind: 'rival', base: { method: 'chess' } },
      'there is no rival "chess"',
    ],
    ['a rival without a method', { kind: 'rival' }, 'method is undefined, expected the name of a rival'],
  ];
  for (const [what, change, message] of refused) {
    it(`refuse ${what} before anything runs`, async () => {
      const error = await made(study(change)).then(
        () => new Error('not refused'),
        (e: Error) => e,
      );
      expect(error.message).to.contain(message);
    });
  }

  it('are stored by folder names, so that an unchanged study need not open its data again', async () => {
    const stored = study({ name: 'stored' });
    const jobs = await made(stored);
    storeJobs(stored, jobs);
    const moved = { ...stored, out: `${out}/elsewhere` };
    expect(await knownJobs(stored, { dataFolder: '/nowhere' })).to.deep.equal(jobs);
    expect(studyFiles(stored).folder).to.equal(join(out, 'study-stored'));
    // Another folder is another study: its jobs are made anew.
    expect((await knownJobs(moved, { open })).map(({ folder }) => basename(folder))).to.deep.equal(
      jobs.map(({ folder }) => basename(folder)),
    );
  });
});
