// Loading the engines: which build, how many threads, what is said when something is missing, and that nothing hangs.
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { Engine } from '../../src/backend/engine.js';
import { loadNative } from '../../src/backend/native.js';
import { defaultThreads } from '../../src/backend/threads.js';
import { loadWasm } from '../../src/backend/wasm.js';
import { projectRoot } from '../../src/root.js';

const root = projectRoot();
const run = promisify(execFile);

function nativeOrSkip(test: Mocha.Context): Engine {
  try {
    return loadNative(2);
  } catch {
    return test.skip();
  }
}

/** A kernel call on many chunks, checked element by element. */
function fillAndCheck(engine: Engine): void {
  const count = 200_001;
  const block = engine.allocate(count * 4)!;
  const view = new Float32Array(block.buffer as ArrayBuffer, block.offset, count);
  for (let value = 1; value <= 200; value++) {
    engine.call('Fill', [block.address, count, value]);
    for (let i = 0; i < count; i += 4093) expect(view[i]).to.equal(value);
    expect(view[count - 1]).to.equal(value);
  }
  engine.release(block);
}

describe('the engines', () => {
  for (const threads of [1, 2, 3, 7]) {
    it(`native: reaches every element with ${threads} threads, also more than processors`, function () {
      const engine = nativeOrSkip(this);
      engine.setThreads(threads);
      expect(engine.threads).to.equal(threads);
      fillAndCheck(engine);
    });

    it(`wasm: reaches every element with ${threads} threads, also more than processors`, async () => {
      const engine = await loadWasm(threads);
      expect(engine.threads).to.equal(threads);
      fillAndCheck(engine);
    });
  }

  it('names a kernel that it lacks', async () => {
    const engine = await loadWasm(1);
    expect(engine.has('Nothing')).to.equal(false);
    expect(() => engine.call('Nothing', [])).to.throw('no kernel "Nothing"');
  });

  it('refuses more arguments than there is room for', async () => {
    const engine = await loadWasm(1);
    expect(() => engine.call('Fill', new Array(40000).fill(0))).to.throw('40000 arguments');
  });

  it('native: every build that this processor runs gives the same fill', function () {
    const { isa } = nativeOrSkip(this);
    const builds = {
      portable: ['portable'],
      avx2: ['portable', 'avx2'],
      avx512: ['portable', 'avx2', 'avx512'],
    }[isa]!;
    for (const build of builds) fillAndCheck(loadNative(2, { isa: build }));
  });

  it('aligns blocks to cache lines', async () => {
    const engine = await loadWasm(1);
    for (const bytes of [1, 64, 1000, 1 << 21]) expect(engine.allocate(bytes)!.address % 64).to.equal(0);
  });
});

describe('threads', () => {
  it('come from DRNAS_THREADS, which must be a whole number', () => {
    expect(defaultThreads({ DRNAS_THREADS: '3' })).to.equal(3);
    expect(defaultThreads({})).to.be.at.least(1);
    for (const text of ['0', 'two', '1.5'])
      expect(() => defaultThreads({ DRNAS_THREADS: text })).to.throw(text);
  });
});

describe('falling back', () => {
  /** A project that has the wasm file and the sources, and perhaps an addon. */
  function project(): string {
    const folder = mkdtempSync(join(tmpdir(), 'drnas-'));
    cpSync(join(root, 'native'), join(folder, 'native'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"name":"drnas"}');
    return folder;
  }

  it('says in one line that the addon is not built', () => {
    const folder = project();
    expect(() => loadNative(1, { root: folder })).to.throw(
      /^the native addon is not built .*build:native.*$/,
    );
    rmSync(folder, { recursive: true });
  });

  it('says in one line that the addon is older than its sources', function () {
    nativeOrSkip(this);
    const folder = project();
    cpSync(join(root, 'build', 'native'), join(folder, 'build', 'native'), { recursive: true });
    writeFileSync(join(folder, 'native', 'kernel.h'), '// changed');
    expect(() => loadNative(1, { root: folder })).to.throw(
      /^the native addon was built from other sources .*$/,
    );
    rmSync(folder, { recursive: true });
  });

  it('goes on with the wasm kernels when the addon cannot be loaded, after one line', async function () {
    this.timeout(60_000);
    const folder = project();
    mkdirSync(join(folder, 'build', 'native'), { recursive: true });
    writeFileSync(join(folder, 'build', 'native', 'drnas-portable.node'), 'not a library');
    const program = `
      import { chooseBackend } from ${JSON.stringify(join(root, 'src', 'backend', 'choose.ts'))};
      process.chdir(${JSON.stringify(folder)});
      chooseBackend({ log: (line) => console.log('log: ' + line) }).then((choice) => console.log(choice.name));`;
    const file = join(root, 'build', `fall-back-${process.pid}.mts`);
    mkdirSync(join(root, 'build'), { recursive: true });
    writeFileSync(file, program);
    try {
      const env = { ...process.env, DRNAS_BACKEND: 'native', DRNAS_THREADS: '2' };
      const { stdout } = await run(process.execPath, ['--import', 'tsx', file], {
        cwd: root,
        env,
        timeout: 50_000,
      });
      const lines = stdout.trim().split('\n');
      expect(lines[lines.length - 1]).to.equal('drnas-wasm');
      expect(lines.filter((line) => line.startsWith('log: native backend not used'))).to.have.length(1);
    } finally {
      rmSync(file);
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the shipped wasm file', () => {
  const folder = join(root, 'native', 'wasm');
  const facts = JSON.parse(readFileSync(join(folder, 'drnas.json'), 'utf8'));
  const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

  it('is the file whose checksum stands beside it', () => {
    expect(sha256(join(folder, 'drnas.wasm'))).to.equal(facts.sha256);
  });

  it('comes out of the sources again, byte for byte', function () {
    this.timeout(240_000);
    const clang = spawnSync('clang', ['--version'], { encoding: 'utf8' });
    const version = clang.status === 0 ? clang.stdout.split('\n')[0].trim() : undefined;
    if (version !== facts.compiler || spawnSync('wasm-ld', ['--version']).status !== 0) {
      console.log(
        `      not rebuilt: that takes ${facts.compiler} with wasm-ld, here is ${version ?? 'no clang'}`,
      );
      return this.skip();
    }
    const out = join(mkdtempSync(join(tmpdir(), 'drnas-wasm-')), 'drnas.wasm');
    const build = spawnSync(
      process.execPath,
      [join(root, 'scripts', 'build-native.mjs'), '--wasm', '--out', out],
      {
        encoding: 'utf8',
      },
    );
    expect(build.status, build.stderr).to.equal(0);
    expect(existsSync(out)).to.equal(true);
    expect(sha256(out)).to.equal(facts.sha256);
    rmSync(join(out, '..'), { recursive: true });
  });
});
