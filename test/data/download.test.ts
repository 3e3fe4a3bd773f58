// The downloader against a server on the loopback interface: resume, checksum, time limits, errors.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { type DownloadOptions, download, progressLines } from '../../src/data/download.js';
import type { DownloadProgress } from '../../src/data/types.js';
import { rejection, temporaryFolder } from './files.js';

const content = Buffer.from(Uint32Array.from({ length: 100_000 }, (_, i) => i * 2654435761).buffer); // 400 kB
const sha1 = createHash('sha1').update(content).digest('hex');
const options: DownloadOptions = { checksum: { algorithm: 'sha1', hex: sha1 }, pauseSeconds: 0.01 };

type Handler = (request: IncomingMessage, response: ServerResponse, number: number) => void;

/** Answers as a file server does, Range included. */
const serve: Handler = (request, response) => {
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const from = range ? Number(range[1]) : 0;
  if (from >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  response.writeHead(range ? 206 : 200, {
    'content-length': content.length - from,
    ...(range ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
  });
  response.end(content.subarray(from));
};

/** Announces the whole, sends `bytes` of it, and drops the connection. */
const breakAfter =
  (bytes: number): Handler =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, bytes), () => setTimeout(() => response.destroy(), 20));
  };

describe('download', () => {
  const temporary = temporaryFolder();
  let server: Server;
  let url: string;
  let handler: Handler = serve;
  let requests: (string | undefined)[] = []; // the Range header of each request
  let folder = 0;
  const target = () => join(temporary.path, String(folder), 'file.bin');

  before(async () => {
    server = createServer((request, response) => {
      requests.push(request.headers.range);
      handler(request, response, requests.length);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`;
  });
  beforeEach(() => {
    handler = serve;
    requests = [];
    mkdirSync(join(temporary.path, String(++folder)));
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    temporary.remove();
  });
  const check = () => {
    expect(readFileSync(target()).equals(content)).to.equal(true);
    expect(existsSync(`${target()}.part`)).to.equal(false);
  };

  it('fetches a file and tells how far it is', async () => {
    const states: DownloadProgress[] = [];
    await download(url, target(), { ...options, progress: (state) => states.push({ ...state }) });
    check();
    expect(states.at(-1)).to.deep.include({
      file: 'file.bin',
      received: content.length,
      total: content.length,
    });
  });

  it('goes on from the part that an earlier run left', async () => {
    writeFileSync(`${target()}.part`, content.subarray(0, 150_001));
    await download(url, target(), options);
    check();
    expect(requests).to.deep.equal(['bytes=150001-']);
  });

  it('takes a connection that breaks up again where it broke', async () => {
    handler = (request, response, number) =>
      (number === 1 ? breakAfter(65_536) : serve)(request, response, number);
    const lines: string[] = [];
    await download(url, target(), { ...options, log: (line) => lines.push(line) });
    check();
    expect(requests).to.deep.equal([undefined, 'bytes=65536-']);
    expect(lines[0]).to.match(/^download of file\.bin broke off .*taking it up again$/);
  });

  it('tries again when a server that did answer is silent for a while', async () => {
    handler = (request, response, number) => {
      if (number === 1) breakAfter(1000)(request, response, number);
      if (number > 2) serve(request, response, number);
    };
    await download(url, target(), { ...options, connectSeconds: 0.2 });
    check();
    expect(requests).to.deep.equal([undefined, 'bytes=1000-', 'bytes=1000-']);
  });

  it('starts over where the server does not know ranges', async () => {
    writeFileSync(`${target()}.part`, content.subarray(0, 1000));
    handler = (request, response, number) => {
      delete request.headers.range;
      serve(request, response, number);
    };
    await download(url, target(), options);
    check();
  });

  it('uses a part that is complete already', async () => {
    writeFileSync(`${target()}.part`, content);
    await download(url, target(), options);
    check();
  });

  it('throws a part away that is longer than the file', async () => {
    writeFileSync(`${target()}.part`, Buffer.concat([content, Buffer.alloc(9)]));
    await download(url, target(), options);
    check();
  });

  it('downloads anew when a resumed file turns out wrong', async () => {
    writeFileSync(`${target()}.part`, Buffer.alloc(5000, 1));
    await download(url, target(), options);
    check();
    expect(requests).to.deep.equal(['bytes=5000-', undefined]);
  });

  it('discards a file with a wrong checksum and names both values', async () => {
    const checksum = { algorithm: 'sha1', hex: '0'.repeat(40) } as const;
    const error = await rejection(download(url, target(), { ...options, checksum }));
    expect(error.message).to.contain(sha1).and.to.contain('0'.repeat(40)).and.to.contain(url);
    expect(existsSync(target())).to.equal(false);
    expect(existsSync(`${target()}.part`)).to.equal(false);
  });

  it('follows redirections', async () => {
    handler = (request, response, number) => {
      if (request.url === '/file.bin') response.writeHead(302, { location: '/elsewhere' }).end();
      else serve(request, response, number);
    };
    await download(url, target(), options);
    check();
  });

  it('keeps a gzip-encoded transfer as it is asked for: undecoded', async () => {
    handler = (request, response, number) => {
      expect(request.headers['accept-encoding']).to.equal('identity');
      serve(request, response, number);
    };
    await download(url, target(), options);
    check();
  });

  it('gives up on a server that does not answer', async () => {
    handler = () => {};
    const start = performance.now();
    const error = await rejection(download(url, target(), { ...options, connectSeconds: 0.2 }));
    expect(error.message).to.contain('no answer within 0.2 s');
    expect(performance.now() - start).to.be.below(5000);
  });

  it('gives up, after its tries, on a transfer that stalls, and keeps what has come', async () => {
    handler = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 10_000));
    };
    const error = await rejection(download(url, target(), { ...options, idleSeconds: 0.2, retries: 1 }));
    expect(error.message).to.contain('nothing arrived for 0.2 s');
    expect(requests).to.have.length(2);
    expect(readFileSync(`${target()}.part`).equals(content.subarray(0, 10_000))).to.equal(true);
    expect(existsSync(target())).to.equal(false);
  });

  it('gives up at once on a transfer that would outlast the patience', async () => {
    handler = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      const timer = setInterval(() => response.write(content.subarray(0, 100)), 100);
      response.on('close', () => clearInterval(timer));
    };
    const error = await rejection(
      download(url, target(), { ...options, patienceSeconds: 60, settlingSeconds: 0.4 }),
    );
    expect(error.message).to.match(/it would take about \d+ more minutes at 1 kB\/s/);
    expect(requests).to.have.length(1);
  });

  it('says what the server said instead of the file', async () => {
    handler = (_request, response) => response.writeHead(404).end();
    const error = await rejection(download(url, target(), options));
    expect(error.message).to.equal(`download of ${url} failed: the server answered 404 Not Found`);
    expect(requests).to.have.length(1);
  });

  it('says that nobody listens', async () => {
    const error = await rejection(download('http://127.0.0.1:1/file.bin', target(), options));
    expect(error.message).to.contain('ECONNREFUSED');
  });
});

describe('progressLines', () => {
  it('writes one line for each tenth', () => {
    const lines: string[] = [];
    const progress = progressLines((line) => lines.push(line));
    for (let received = 0; received <= 170e6; received += 1e6) {
      progress({ file: 'a.tar.gz', received, total: 170e6, bytesPerSecond: 1e6 });
    }
    expect(lines).to.have.length(10);
    expect(lines[4]).to.equal('a.tar.gz: 50 % of 170 MB, 85 s left');
    expect(lines[9]).to.equal('a.tar.gz: 100 % of 170 MB');
    progress({ file: 'b.tar.gz', received: 10e6, total: 20e6, bytesPerSecond: 1e6 });
    expect(lines[10]).to.equal('b.tar.gz: 50 % of 20 MB, 10 s left');
  });
});
