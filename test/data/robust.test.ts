// Nothing half-written is ever taken for whole: downloads cut anywhere, full disks, wrong checksums, rival processes.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type DownloadOptions, download } from '../../src/data/download.js';
import { fetchDataset } from '../../src/data/fetch.js';
import { requireSpace } from '../../src/data/space.js';
import { withLock } from '../../src/lock.js';
import { integer } from '../../src/random/integer.js';
import { createStream } from '../../src/random/stream.js';
import { projectRoot } from '../../src/root.js';
import { rejection, temporaryFolder } from './files.js';

const content = Buffer.from(Uint32Array.from({ length: 50_000 }, (_, i) => i * 2654435761).buffer); // 200 kB
const sha1 = createHash('sha1').update(content).digest('hex');
const options: DownloadOptions = { checksum: { algorithm: 'sha1', hex: sha1 }, pauseSeconds: 0.001 };

describe('downloads under bad conditions', function () {
  this.timeout(30_000);
  const temporary = temporaryFolder();
  const stream = createStream(7, 'cuts');
  let server: Server;
  let base: string;
  let requests = 0;
  let starts: number[] = []; // the byte from which each request wants the file
  let cut: () => number | undefined = () => undefined; // bytes after which the next answer breaks off

  before(async () => {
    server = createServer((request, response) => {
      requests++;
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      if (from >= content.length) {
        response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
        return;
      }
      starts.push(from);
      const left = content.subarray(from);
      response.writeHead(from > 0 ? 206 : 200, {
        'content-length': left.length,
        ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
      });
      const bytes = cut();
      if (bytes === undefined || bytes >= left.length) response.end(left);
      else response.write(left.subarray(0, bytes), () => setTimeout(() => response.destroy(), 5));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  beforeEach(() => {
    requests = 0;
    starts = [];
    cut = () => undefined;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    temporary.remove();
  });

  it('puts the file together from transfers cut at random places', async () => {
    for (let round = 0; round < 25; round++) {
      const target = join(temporary.path, `cut-${round}`);
      let cuts = 3;
      cut = () => (cuts-- > 0 ? integer(stream, 60_000) : undefined);
      await download(`${base}a`, target, options);
      expect(readFileSync(target).equals(content)).to.equal(true);
    }
  });

  it('never shows the file before it is whole, however often the process dies in between', async () => {
    const target = join(temporary.path, 'dying');
    for (let i = 0; i < 6; i++) {
      cut = () => 1 + integer(stream, 30_000);
      await rejection(download(`${base}a`, target, { ...options, retries: 0 }));
      expect(existsSync(target)).to.equal(false);
    }
    // A machine that lost power may have lost the end of what was written, too.
    truncateSync(`${target}.part`, Math.max(1, readFileSync(`${target}.part`).length - 1000));
    cut = () => undefined;
    await download(`${base}a`, target, options);
    expect(readFileSync(target).equals(content)).to.equal(true);
  });

  it('throws bytes that went wrong on the way or on the disk away and gets them anew', async () => {
    const target = join(temporary.path, 'rotten');
    const rotten = Buffer.from(content.subarray(0, 120_000));
    rotten[70_000] ^= 1;
    writeFileSync(`${target}.part`, rotten);
    await download(`${base}a`, target, options);
    expect(readFileSync(target).equals(content)).to.equal(true);
  });

  it('replaces a file under the right name that is cut short, and leaves a whole one alone', async () => {
    const target = join(temporary.path, 'short');
    writeFileSync(target, content.subarray(0, 1000));
    await download(`${base}a`, target, options);
    expect(readFileSync(target).equals(content)).to.equal(true);
    requests = 0;
    await download(`${base}a`, target, options);
    expect(requests).to.equal(0);
  });

  it('asks for room before it starts, and says how much is needed and how much is free', async () => {
    expect(() => requireSpace(temporary.path, 300e6, () => 120e6)).to.throw(
      /350 MB of free disk are needed, 120 MB are free: make room, or put the data elsewhere/,
    );
    const target = join(temporary.path, 'no-room');
    const error = await rejection(download(`${base}a`, target, { ...options, free: () => 1000 }));
    expect(error.message).to.contain('of free disk are needed');
    expect([requests, existsSync(target)]).to.deep.equal([1, false]);
    const cache = join(temporary.path, 'no-room-cache');
    requests = 0;
    const early = await rejection(fetchDataset('svhn', cache, { url: base, free: () => 100e6 }));
    expect(early.message).to.contain('297 MB of free disk are needed, 100 MB are free'); // 247 MB and the reserve of 50
    expect([requests, readdirSync(cache)]).to.deep.equal([0, []]);
  });

  it('says that the disk is full, and goes on from there when there is room again', async function () {
    if (!existsSync('/dev/full')) this.skip(); // Linux: a file whose disk is always full
    const target = join(temporary.path, 'full');
    symlinkSync('/dev/full', `${target}.part`);
    const error = await rejection(download(`${base}a`, target, options));
    expect(error.message).to.contain('the disk is full').and.to.contain('make room');
    expect([requests, existsSync(target)]).to.deep.equal([1, false]); // no second try on a full disk
    rmSync(`${target}.part`);
    await download(`${base}a`, target, options);
    expect(readFileSync(target).equals(content)).to.equal(true);
  });

  it('downloads once where several callers of one process ask at once', async () => {
    const target = join(temporary.path, 'together');
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    await Promise.all([1, 2, 3].map(() => download(`${base}a`, target, { ...options, log })));
    expect(requests).to.equal(1);
    expect(readdirSync(temporary.path).filter((name) => name.startsWith('together'))).to.deep.equal([
      'together',
    ]);
    expect(lines.some((line) => /process \d+ is downloading it; waiting/.test(line))).to.equal(true);
  });

  it('is safe from two processes at once, of which one is killed in the middle', async () => {
    const folder = join(temporary.path, 'rivals');
    mkdirSync(folder);
    const target = join(folder, 'file');
    const program = `
      import { download } from './src/data/download.js';
      await download(process.argv[1], process.argv[2], {
        checksum: { algorithm: 'sha1', hex: process.argv[3] }, pauseSeconds: 0.01, retries: 1000 });`;
    const start = () =>
      spawn(
        process.execPath,
        ['--import', 'tsx', '--input-type=module', '-e', program, `${base}a`, target, sha1],
        { cwd: projectRoot(), stdio: 'ignore' },
      );
    const ended = (child: ChildProcess) =>
      new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    cut = () => 20; // crawls: 20 bytes an answer
    const first = start();
    while (requests < 5) await new Promise((resolve) => setTimeout(resolve, 20));
    const second = start();
    const secondEnded = ended(second);
    const firstEnded = ended(first);
    first.kill('SIGKILL');
    await firstEnded;
    expect(existsSync(target)).to.equal(false);
    expect(existsSync(`${target}.lock`)).to.equal(true); // left by the dead
    cut = () => undefined;
    expect(await secondEnded).to.equal(0);
    expect(readFileSync(target).equals(content)).to.equal(true);
    expect(readdirSync(folder)).to.deep.equal(['file']);
    // What the first had fetched was not fetched again. (Its last request may be answered after its death.)
    expect(starts.filter((from) => from === 0)).to.have.length(1);
    expect(starts.at(-1)).to.be.at.least(60); // three whole answers of the five that were asked for
  });
});

describe('withLock', () => {
  const temporary = temporaryFolder();
  after(() => temporary.remove());
  const file = join(temporary.path, 'a.lock');

  it('lets one at a time in, and frees the lock after an error', async () => {
    let inside = 0;
    let most = 0;
    const enter = () =>
      withLock(
        file,
        async () => {
          most = Math.max(most, ++inside);
          await new Promise((resolve) => setTimeout(resolve, 5));
          inside--;
          if (most === 1) throw new Error('on purpose');
        },
        { pauseSeconds: 0.001 },
      ).catch((error: Error) => expect(error.message).to.equal('on purpose'));
    await Promise.all(Array.from({ length: 8 }, enter));
    expect(most).to.equal(1);
    expect(readdirSync(temporary.path)).to.deep.equal([]);
  });

  it('takes over the lock of a dead process, but never that of another machine', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => dead.once('close', resolve));
    writeFileSync(file, JSON.stringify({ pid: dead.pid, host: hostname(), id: 'dead' }));
    expect(await withLock(file, async () => 'in')).to.equal('in');
    writeFileSync(file, JSON.stringify({ pid: dead.pid, host: 'elsewhere', id: 'remote' }));
    const error = await rejection(
      withLock(file, async () => 'in', { pauseSeconds: 0.01, patienceSeconds: 0.05 }),
    );
    expect(error.message).to.contain(`a.lock is held by process ${dead.pid} on elsewhere`);
    rmSync(file);
  });
});
