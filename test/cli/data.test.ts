// `drnas data` as its users meet it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../src/root.js';
import { cifar100Records, temporaryFolder, writeCifar } from '../data/files.js';

describe('drnas data', function () {
  this.timeout(60_000);
  const temporary = temporaryFolder();
  after(() => temporary.remove());
  writeCifar(temporary.path, 2);
  const hundred = join(temporary.path, 'cifar-100-binary');
  mkdirSync(hundred);
  writeFileSync(join(hundred, 'train.bin'), cifar100Records(2));
  const data = (...args: string[]) =>
    spawnSync(process.execPath, ['bin/drnas.mjs', 'data', ...args], {
      cwd: projectRoot(),
      encoding: 'utf8',
      env: { ...process.env, DRNAS_DATA: '' },
    });

  it('lists every data set with its licence, and where it was found', () => {
    const { stdout } = data('list', '--folder', temporary.path);
    for (const name of [
      'cifar10',
      'cifar100',
      'svhn',
      'imagenet16-120',
      'fashion-mnist',
      'procedural',
      'imagenet',
    ]) {
      expect(stdout).to.match(new RegExp(`^${name}$`, 'm'));
    }
    expect(stdout.match(/licence:/g)).to.have.length(8);
    expect(stdout).to.contain(`found: ${hundred}`).and.to.contain('"drnas data fetch svhn" gets it');
  });

  it('verifies file by file, and fails where one is altered or missing', () => {
    const { status, stdout } = data('verify', 'cifar100', '--folder', temporary.path, '--json');
    expect(status).to.equal(1);
    const states = JSON.parse(stdout).cifar100;
    expect(states.map(({ state }: { state: string }) => state)).to.deep.equal(['altered', 'missing']);
    // e207cd2e...: the published SHA-1 of train.bin.
    expect(states[0].expected).to.equal('e207cd2e05b73b1393c74c7f5e7bea451d63e08e');
  });

  it('says where it looks', () => {
    const { stdout } = data('where', 'cifar10', 'svhn', '--folder', temporary.path);
    expect(stdout).to.contain(`cifar10: ${join(temporary.path, 'cifar-10-batches-bin')}`);
    expect(stdout).to.contain('svhn: not found');
  });

  it('prints licence and citation before it fetches, and says how ImageNet is had', () => {
    const cache = join(temporary.path, 'cache');
    const nobody = data('fetch', 'svhn', '--folder', cache, '--url', 'http://127.0.0.1:1/');
    expect(nobody.status).to.equal(1);
    expect(nobody.stderr).to.match(
      /licence: for non-commercial use[\s\S]*please cite: Y\. Netzer[\s\S]*ECONNREFUSED/,
    );
    expect(existsSync(join(cache, 'svhn', 'train_32x32.mat'))).to.equal(false);
    const imagenet = data('fetch', 'imagenet', '--folder', cache);
    expect(imagenet.stderr)
      .to.contain('cannot be downloaded by a program')
      .and.to.contain('imagenet/train/CLASS');
    const unknown = data('fetch', 'mnist');
    expect(unknown.stderr).to.contain('data set "mnist" is not known: use one of cifar10');
  });

  it("draws the search's sample of ImageNet into a list, and does not overwrite one", () => {
    for (const part of ['train', 'val']) {
      for (const name of ['a', 'b']) {
        const folder = join(temporary.path, 'imagenet', part, name);
        mkdirSync(folder, { recursive: true });
        for (let i = 0; i < 40; i++) writeFileSync(join(folder, `${i}.JPEG`), '');
      }
    }
    const args = [
      'sample',
      '--seed',
      '0',
      '--out',
      join(temporary.path, 'list.txt'),
      '--folder',
      temporary.path,
    ];
    const { stdout } = data(...args, '--json');
    expect(JSON.parse(stdout)).to.include({ weights: 8, alpha: 2 }); // 10 % and 2.5 % of 40, twice
    const list = readFileSync(join(temporary.path, 'list.txt'), 'utf8').split('\n');
    expect(list.filter((line) => /^weights [ab]\/\d+\.JPEG$/.test(line))).to.have.length(8);
    expect(data(...args).stderr).to.contain('list.txt exists: add --force');
  });
});
