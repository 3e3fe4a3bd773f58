// Builds native/ : the addon for this machine (default), the shipped wasm file (--wasm), or the sanitised test (--sanitize).
//
//   node scripts/build-native.mjs [--quiet] [--isa avx512]   build/native/drnas-{avx512,avx2,portable}.node
//   node scripts/build-native.mjs --wasm [--out file]        native/wasm/drnas.wasm (clang and wasm-ld, Debian: clang lld)
//   node scripts/build-native.mjs --sanitize                 native/test under address and undefined-behaviour sanitizers
//
// --quiet never fails: without a compiler the kit runs on the wasm file, only slower.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const native = join(root, 'native');
const output = join(root, 'build', 'native');

const options = process.argv.slice(2);
const quiet = options.includes('--quiet');
const optionOf = (name) => (options.includes(name) ? options[options.indexOf(name) + 1] : undefined);

const x86 = process.arch === 'x64';
const builds = [
  { isa: 'portable', width: 4, flags: [] },
  { isa: 'avx2', width: 8, flags: ['-mavx2', '-mfma'], x86: true },
  {
    isa: 'avx512',
    width: 16,
    flags: ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mfma', '-mprefer-vector-width=512'],
    x86: true,
  },
].filter((build) => x86 || !build.x86);
const common = ['-O3', '-std=c++17', '-fno-math-errno', '-ffp-contract=fast', '-fno-exceptions', '-fno-rtti'];
const strict = ['-fvisibility=hidden', '-Wall', '-Wextra', '-Wno-psabi'];

class BuildError extends Error {}

function sources() {
  return readdirSync(native)
    .filter((name) => name.endsWith('.cpp') || name.endsWith('.h'))
    .sort();
}

/** Kept equal to sourceHash() in src/backend/native.ts, which refuses an addon built from other sources. */
function sourceHash() {
  const hash = createHash('sha256');
  for (const name of sources()) hash.update(`${name}\n`).update(readFileSync(join(native, name)));
  return hash.digest('hex').slice(0, 32);
}

function versionOf(command) {
  const answer = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return answer.status === 0 ? answer.stdout.split('\n')[0].trim() : undefined;
}

function findCompiler() {
  for (const command of [process.env.CXX, 'g++', 'clang++', 'c++'].filter(Boolean)) {
    const version = versionOf(command);
    if (version) return { command, version, gnu: !/clang/.test(version) };
  }
  throw new BuildError('no C++ compiler found (looked for $CXX, g++, clang++, c++)');
}

function nodeHeaders() {
  const beside = join(dirname(dirname(process.execPath)), 'include', 'node');
  if (existsSync(join(beside, 'node_api.h'))) return beside;
  try {
    return createRequire(join(root, 'package.json'))('node-api-headers').include_dir;
  } catch {
    throw new BuildError(`no node_api.h in ${beside}: install Node's headers, or npm i node-api-headers`);
  }
}

function compile(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let message = '';
    child.stderr.on('data', (chunk) => {
      message += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (message && !quiet) process.stderr.write(message);
      if (code === 0) resolve();
      else
        reject(
          new BuildError(
            `${command} failed: ${message.split('\n').find((line) => /error/.test(line)) ?? code}`,
          ),
        );
    });
  });
}

async function buildAddon() {
  if (process.platform === 'win32') throw new BuildError('the addon is not built on Windows');
  const only = optionOf('--isa');
  const hash = sourceHash();
  const compiler = findCompiler();
  const stamp = join(output, 'built.json');
  const wanted = JSON.stringify({ hash, compiler: compiler.version, isa: builds.map((build) => build.isa) });
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted)
    return `the addon is up to date (${compiler.version})`;
  mkdirSync(output, { recursive: true });
  const files = sources()
    .filter((name) => name.endsWith('.cpp'))
    .map((name) => join(native, name));
  const link =
    process.platform === 'darwin'
      ? ['-shared', '-undefined', 'dynamic_lookup']
      : ['-shared', '-pthread', '-ldl'];
  const chosen = builds.filter((build) => !only || build.isa === only);
  await Promise.all(
    chosen.map(async (build) => {
      const file = join(output, `drnas-${build.isa}.node`);
      const part = `${file}.${process.pid}`;
      await compile(compiler.command, [
        ...common,
        ...strict,
        ...(compiler.gnu ? ['-fno-gnu-unique'] : []),
        ...build.flags,
        `-DDRNAS_WIDTH=${build.width}`,
        `-DDRNAS_SOURCE_HASH="${hash}"`,
        '-fPIC',
        `-I${nodeHeaders()}`,
        ...files,
        '-o',
        part,
        ...link,
      ]);
      renameSync(part, file);
    }),
  );
  if (!only) writeFileSync(stamp, wanted);
  return `built ${chosen.map((build) => `drnas-${build.isa}.node`).join(', ')} with ${compiler.version}`;
}

async function buildWasm() {
  const command = process.env.CLANG ?? 'clang';
  const version = versionOf(command);
  if (!version || !versionOf('wasm-ld')) {
    throw new BuildError('the wasm file needs clang and wasm-ld (Debian: apt-get install clang lld)');
  }
  const file = optionOf('--out') ?? join(native, 'wasm', 'drnas.wasm');
  mkdirSync(output, { recursive: true });
  const folder = mkdtempSync(join(output, 'wasm-'));
  try {
    const part = join(folder, 'drnas.wasm');
    const objects = [];
    for (const name of sources().filter((entry) => entry.endsWith('.cpp') && entry !== 'addon.cpp')) {
      const object = join(folder, `${name}.o`);
      objects.push(object);
      // -ffile-prefix-map and relative names: the bytes must not depend on where the repository lies.
      await compile(command, [
        ...common,
        ...strict,
        ...[
          '--target=wasm32',
          '-msimd128',
          '-matomics',
          '-mbulk-memory',
          '-mmutable-globals',
          '-mthread-model',
          'posix',
        ],
        ...['-ffreestanding', '-nostdlib', '-DDRNAS_WIDTH=4', `-ffile-prefix-map=${native}=native`],
        ...['-fno-threadsafe-statics', '-c', join(native, name), '-o', object],
      ]);
    }
    await compile('wasm-ld', [
      ...[
        '--no-entry',
        '--export-dynamic',
        '--export=__stack_pointer',
        '--export=__heap_base',
        '--strip-all',
      ],
      ...['--import-memory', '--shared-memory', '--initial-memory=2097152', '--max-memory=4294967296'],
      ...['-z', 'stack-size=1048576', ...objects, '-o', part],
    ]);
    const bytes = readFileSync(part);
    mkdirSync(dirname(file), { recursive: true });
    renameSync(part, file);
    const facts = {
      compiler: version,
      sources: sourceHash(),
      sha256: createHash('sha256').update(bytes).digest('hex'),
    };
    writeFileSync(file.replace(/\.wasm$/, '.json'), `${JSON.stringify(facts, null, 2)}\n`);
    return `built ${file} (${bytes.length} bytes) with ${version}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sanitize() {
  const compiler = findCompiler();
  mkdirSync(output, { recursive: true });
  const folder = join(native, 'test');
  const files = [
    ...sources()
      .filter((name) => name.endsWith('.cpp') && name !== 'addon.cpp')
      .map((name) => join(native, name)),
    ...readdirSync(folder)
      .filter((name) => name.endsWith('.cpp'))
      .map((name) => join(folder, name)),
  ];
  const runnable = /avx512bw/.test(existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '')
    ? builds
    : builds.filter((build) => build.isa === 'portable');
  for (const build of runnable) {
    const program = join(output, `test-${build.isa}`);
    await compile(compiler.command, [
      ...['-O1', '-g', '-std=c++17', '-fno-omit-frame-pointer', '-Wno-psabi', `-I${native}`],
      ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
      ...[...build.flags, `-DDRNAS_WIDTH=${build.width}`, ...files, '-o', program, '-pthread'],
    ]);
    const run = spawnSync(program, [], { encoding: 'utf8' });
    process.stdout.write(`${build.isa}: ${run.stdout}`);
    if (run.status !== 0) throw new BuildError(`${build.isa}: ${run.stderr.slice(0, 4000)}`);
  }
  return 'clean under the address and undefined-behaviour sanitizers';
}

const task = options.includes('--wasm') ? buildWasm : options.includes('--sanitize') ? sanitize : buildAddon;
try {
  const message = await task();
  if (!quiet) console.log(message);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  if (quiet)
    console.log(`The native kernels were not built, the shipped wasm kernels are used: ${error.message}`);
  else console.error(error.message);
  process.exitCode = quiet ? 0 : 1;
}
