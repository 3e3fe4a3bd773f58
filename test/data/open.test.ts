// Which data set is opened, what is said about it, and what happens where there is none.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { create } from 'tar';
import { fileDigest } from '../../src/data/checksum.js';
import { fetchDataset } from '../../src/data/fetch.js';
import { openDataset } from '../../src/data/index.js';
import type { DatasetName, OpenOptions } from '../../src/data/types.js';
import { rejection, temporaryFolder, withEnvironment, writeCifar } from './files.js';

describe('openDataset', () => {
  const temporary = temporaryFolder();
  const folder = writeCifar(temporary.path, 10);
  const cache = join(temporary.path, 'cache');
  const nobody = 'http://127.0.0.1:1/cifar-10-binary.tar.gz'; // a port on which nobody listens
  after(() => temporary.remove());

  /** Opens with only the places of this test, and returns what was logged as well. */
  const open = (name: 'auto' | DatasetName, options: OpenOptions, DRNAS_DATA?: string) =>
    withEnvironment({ DRNAS_DATA }, async () => {
      const lines: string[] = [];
      const dataset = await openDataset(name, { cache, log: (line) => lines.push(line), ...options });
      return { dataset, lines };
    });

  it('takes CIFAR-10 where DRNAS_DATA has it, and says which, where and why', async () => {
    const { dataset, lines } = await open('auto', { allowAltered: true, imageSize: 16 }, temporary.path);
    expect(dataset.name).to.equal('cifar10');
    expect(lines[0]).to.equal(
      `data: CIFAR-10 averaged down to 16x16 (50 training and 10 test images, 16x16x3), found at ${folder} (DRNAS_DATA)`,
    );
    expect(
      lines.filter((line) => line.startsWith('note: ') && line.includes('not the official file')),
    ).to.have.length(6);
  });

  it('does not pass over damaged data in favour of others', async () => {
    const error = await rejection(open('auto', {}, temporary.path));
    expect(error.message).to.match(/data_batch_1\.bin: 30730 bytes, expected 30730000/);
  });

  it('prefers photographs that are installed to a download', async () => {
    const systemFolder = join(temporary.path, 'system');
    mkdirSync(systemFolder);
    writeFileSync(join(systemFolder, 't10k-labels-idx1-ubyte'), '');
    const error = await rejection(open('auto', { systemFolder, mirror: nobody }));
    expect(error.message).to.contain(`${systemFolder}: train-images-idx3-ubyte(.gz) is missing`);
  });

  it('falls back from photographs to drawings when there is no network, and says why', async () => {
    const options = { mirror: nobody, imageSize: 8, systemFolder: join(temporary.path, 'none') };
    const { dataset, lines } = await open('auto', options, '/no/such/folder');
    expect(dataset.name).to.equal('procedural');
    expect(lines).to.include('DRNAS_DATA is /no/such/folder, which does not exist');
    const why = /because no photographs are at hand.*which does not exist.*ECONNREFUSED/;
    expect(lines.find((line) => line.startsWith('data:'))).to.match(why);
  });

  it('fails with every place and the reason where CIFAR-10 is asked for and not to be had', async () => {
    const nowhere = join(temporary.path, 'nowhere');
    const error = await rejection(open('cifar10', { mirror: nobody }, nowhere));
    expect(error.message).to.contain(`${nowhere} (DRNAS_DATA, which does not exist)`);
    expect(error.message)
      .to.contain(cache)
      .and.to.contain('ECONNREFUSED')
      .and.to.contain('cifar-10-batches-bin');
  });

  it('downloads nothing when told so', async () => {
    const error = await rejection(open('cifar10', { download: false }));
    expect(error.message).to.contain('downloading is switched off');
  });

  it('looks only into a folder that is named', async () => {
    const empty = mkdtempSync(join(temporary.path, 'empty-'));
    const error = await rejection(open('auto', { folder: empty }, temporary.path));
    expect(error.message).to.equal(
      `no data set in ${empty}: expected the folder cifar-10-batches-bin or the archive cifar-10-binary.tar.gz`,
    );
    const missing = await rejection(open('cifar10', { folder: join(empty, 'x') }));
    expect(missing.message).to.contain('there is no such file or folder');
  });

  it('refuses an unknown name and a wrong size before it looks for anything', async () => {
    const name = await rejection(open('cifar' as DatasetName, {}));
    expect(name.message).to.equal(
      'data set "cifar": expected one of auto, cifar10, cifar100, svhn, imagenet16-120, fashion-mnist, procedural, imagenet',
    );
    const size = await rejection(open('cifar10', { imageSize: 24, mirror: nobody }));
    expect(size.message).to.match(/^image size 24: .*32, 16, 8 only/);
  });
});

describe('fetchDataset, of an archive', () => {
  const temporary = temporaryFolder();
  let server: Server;
  before(async () => {
    server = createServer((_request, response) => response.end('not an archive'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    temporary.remove();
  });

  it('accepts nothing but the official archive and leaves no file behind', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cifar-10-binary.tar.gz`;
    const error = await rejection(fetchDataset('cifar10', temporary.path, { url }));
    // SHA-1 of the official archive, as in MXNet Gluon's list.
    expect(error.message).to.contain('fab780a1e191a7eda0f345501ccd62d20f7ed891');
    expect(readdirSync(temporary.path)).to.deep.equal([]);
  });

  it('lays out the archive that passes the check and deletes it', async () => {
    const source = join(temporary.path, 'source');
    mkdirSync(source);
    writeCifar(source, 3);
    writeFileSync(join(source, 'cifar-10-batches-bin', 'batches.meta.txt'), 'airplane\n');
    const archive = join(temporary.path, 'made.tar.gz');
    await create({ gzip: true, file: archive, cwd: source }, ['cifar-10-batches-bin']);
    const bytes = readFileSync(archive);
    server.removeAllListeners('request');
    server.on('request', (_request, response) => response.end(bytes));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.tar.gz`;
    const cache = join(temporary.path, 'cache');
    const checksum = { algorithm: 'sha1', hex: await fileDigest('sha1', archive) } as const;
    const location = await fetchDataset('cifar10', cache, { url, checksum });
    expect(location).to.deep.equal({
      kind: 'folder',
      path: join(cache, 'cifar-10-batches-bin'),
      reason: 'downloaded',
    });
    expect(readdirSync(cache)).to.deep.equal(['cifar-10-batches-bin']);
    expect(readdirSync(location.path)).to.have.length(7);
    // A file that was cut short since is replaced by a whole one, and no other folder appears beside it.
    const cut = join(location.path, 'data_batch_3.bin');
    const whole = readFileSync(cut);
    writeFileSync(cut, whole.subarray(0, 100));
    await fetchDataset('cifar10', cache, { url, checksum });
    expect(readFileSync(cut).equals(whole)).to.equal(true);
    expect(readdirSync(cache)).to.deep.equal(['cifar-10-batches-bin']);
    rmSync(cache, { recursive: true });
  });
});
