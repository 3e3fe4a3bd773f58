// Trainings as processes: threads and kills change no bit; the command line's grid, predictions and refusals.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { evaluateCommand } from '../../src/cli/evaluate.js';
import { predictCommand } from '../../src/cli/predict.js';
import { openDataset } from '../../src/data/open.js';
import { evaluationConfig } from '../../src/evaluation/config.js';
import { nb201Architecture } from '../../src/evaluation/network.js';
import { evaluationFolder } from '../../src/evaluation/start.js';
import { createStream } from '../../src/random/stream.js';
import { projectRoot } from '../../src/root.js';
import { jobFiles } from '../../src/study/perform.js';
import { evaluationGrid } from '../../src/study/trainings.js';

const DRNAS = [join(projectRoot(), 'bin', 'drnas.mjs')];
const SMOKE = ['--scale', 'smoke', '--dataset', 'procedural'];
const GENOTYPE = [
  'evaluate',
  '--genotype',
  'DrNAS_cifar10',
  ...SMOKE,
  '--epochs',
  '3',
  '--steps-per-epoch',
  '4',
];

const drnas = (...args: string[]) => spawnSync(process.execPath, [...DRNAS, ...args], { encoding: 'utf8' });
const start = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [...DRNAS, ...args], { stdio: ['ignore', 'ignore', 'ignore'] });
const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));

describe('drnas evaluate', function () {
  this.timeout(60_000);
  let base: string;
  before(() => {
    base = mkdtempSync(join(tmpdir(), 'drnas-evaluate-'));
  });
  after(() => rmSync(base, { recursive: true, force: true }));
  const digest = (folder: string) =>
    JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')).weightsSha256;

  it('ends with equal bits with one thread, with two from the manifest of the first, and after kills at random moments', async () => {
    const [one, two, killed] = ['one', 'two', 'killed'].map((name) => join(base, name));
    const fromManifest = ['evaluate', '--genotype', 'DrNAS_cifar10', '--config', join(one, 'manifest.json')];
    for (const [folder, threads, command] of [
      [one, '1', GENOTYPE],
      [two, '2', fromManifest],
    ] as const) {
      const { status, stderr } = drnas(...command, '--quiet', '--out', folder, '--threads', threads);
      expect(status, stderr).to.equal(0);
    }
    expect(digest(two)).to.equal(digest(one));
    const moments = createStream(2, 'kill');
    for (let hits = 0; !existsSync(join(killed, 'result.json')); ) {
      const child = start(...GENOTYPE, '--quiet', '--out', killed, '--resume');
      const end = ended(child);
      if (hits < 2) {
        while (child.exitCode === null && !existsSync(join(killed, 'metrics.jsonl'))) await sleep(10);
        await sleep(moments.uniform() * 400);
        if (child.kill('SIGKILL')) hits++;
      }
      expect(await end).to.be.oneOf([0, null]);
    }
    expect(digest(killed)).to.equal(digest(one));
  });

  it('trains a grid of architectures and seeds, does not repeat it, and prints every run', () => {
    const out = join(base, 'grid');
    const grid = [
      ...['evaluate', '--architecture', '9930', '--architecture', 'random:3', '--seeds', '0-1', ...SMOKE],
      ...['--epochs', '1', '--steps-per-epoch', '2', '--test-images', '50', '--out', out],
    ];
    const first = drnas(...grid, '--json');
    expect(first.status, first.stderr).to.equal(0);
    const study = JSON.parse(first.stdout);
    expect(study).to.deep.equal(JSON.parse(readFileSync(join(out, 'study.json'), 'utf8')));
    const names = study.runs.map((r: { architecture: { name: string }; seed: number }) => [
      r.architecture.name,
      r.seed,
    ]);
    expect(names).to.deep.equal([
      ['9930', 0],
      ['random-3', 0],
      ['9930', 1],
      ['random-3', 1],
    ]);
    expect(new Set(study.runs.map((r: { weightsSha256: string }) => r.weightsSha256)).size).to.equal(4);
    const again = drnas(...grid);
    expect(again.stderr).to.match(/4 of 4 runs are finished already/);
    expect(again.stdout).to.match(/9930 − random-3: .* (within noise|differs)/);
  });

  it('stops the other trainings of a grid when one fails, and starts no more', async () => {
    const out = join(base, 'failing');
    const dataset = await openDataset('procedural', { imageSize: 8 });
    const architecture = nb201Architecture('9930');
    // Far longer than the failure takes.
    const config = evaluationConfig('nasbench201', 'smoke', { dataset: 'procedural', epochs: 100_000 });
    const seeds = [0, 1, 2];
    const folders = seeds.map((seed) => evaluationFolder(architecture, { ...config, seed }, dataset, out));
    mkdirSync(folders[0], { recursive: true });
    writeFileSync(join(folders[0], 'of-someone-else'), '');
    await evaluationGrid([architecture], config, { seeds, folder: out, dataset, parallel: 2 }).then(
      () => expect.fail('should have failed'),
      (error: Error) => expect(error.message).to.match(/training 9930 with seed 0: .* holds no run/),
    );
    expect(existsSync(folders[2])).to.equal(false);
    // The settings of a process are deleted when it has ended.
    for (const folder of folders) expect(existsSync(jobFiles({ folder }).config)).to.equal(false);
  });

  it('predicts test images and files alike', async () => {
    const run = join(base, 'one');
    const fromTest = JSON.parse(
      drnas('predict', run, '--data', 'procedural', '--indices', '0-2', '--json').stdout,
    );
    expect(fromTest.map((p: { image: string }) => p.image)).to.deep.equal(['0', '1', '2']);
    for (const { classes } of fromTest) {
      const total = classes.reduce((sum: number, c: { probability: number }) => sum + c.probability, 0);
      expect(total).to.be.closeTo(1, 1e-5);
    }
    // A file that is eight times a test image: shrinking gives nearly it back.
    const { test } = await openDataset('procedural', { imageSize: 8 });
    const pixels = Buffer.alloc(64 * 64 * 3);
    for (let v = 0; v < 64; v++)
      for (let u = 0; u < 64; u++) {
        const [row, column] = [v >> 3, u >> 3];
        for (let c = 0; c < 3; c++) pixels[(v * 64 + u) * 3 + c] = test.images[(row * 8 + column) * 3 + c];
      }
    const images = join(base, 'images');
    mkdirSync(images);
    await sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } })
      .png()
      .toFile(join(images, 'a.png'));
    const fromFile = JSON.parse(drnas('predict', run, '--images', images, '--json').stdout);
    const probability = (classes: { name: string; probability: number }[], name: string) =>
      classes.find((c) => c.name === name)!.probability;
    for (const { name, probability: p } of fromTest[0].classes)
      expect(probability(fromFile[0].classes, name)).to.be.closeTo(p, 0.05);
  });

  const refusals: [string, string[], RegExp][] = [
    ['no architecture', ['evaluate', ...SMOKE], /no architecture: add --genotype DrNAS_cifar10/],
    ['an unknown genotype', ['evaluate', '--genotype', 'DrNAS_cifar'], /no published genotype is called/],
    [
      'an unknown setting',
      [...GENOTYPE, '--set', 'colour=1'],
      /setting "colour" does not exist: use one of scale/,
    ],
    [
      'a file that has no settings',
      [...GENOTYPE, '--config', join(projectRoot(), 'LICENSE')],
      /LICENSE is no JSON with settings .*give the manifest\.json of a run/,
    ],
    ['a cutout larger than the image', [...GENOTYPE, '--cutout', '9'], /cutout is 9, expected at most/],
    [
      'architectures of two spaces',
      [...GENOTYPE, '--architecture', '9930'],
      /two spaces cannot be compared under equal settings/,
    ],
    ['a network that is not there', ['predict', 'nowhere', '--data', 'procedural'], /nowhere does not exist/],
    ['nothing to predict', ['predict', '.'], /give either --data or --images/],
  ];
  for (const [what, args, pattern] of refusals) {
    it(`refuses ${what} with one sentence`, async () => {
      const command = args[0] === 'evaluate' ? evaluateCommand() : predictCommand();
      await command.parseAsync(args.slice(1), { from: 'user' }).then(
        () => expect.fail('should have been refused'),
        (error: Error) => expect(error.message).to.match(pattern),
      );
    });
  }

  it('refuses a file that is no image, and a network that is none', () => {
    const text = join(base, 'a.jpg');
    writeFileSync(text, 'no image');
    expect(drnas('predict', join(base, 'one'), '--images', text).stderr).to.match(
      /cannot be read as an image/,
    );
    expect(
      drnas('predict', join(base, 'one', 'checkpoints', 'last.safetensors'), '--images', text).stderr,
    ).to.match(/no trained network of this kit/);
  });
});
