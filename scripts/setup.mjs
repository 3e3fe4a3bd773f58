// Makes a fresh clone ready: checks Node, installs the packages, builds the native kernels where there is a compiler.
// `npm run reproduce` and `npm test` call it first; without anything to do it is silent and takes a moment.
// Plain Node, as it runs before any package is there.
//
//   node scripts/setup.mjs          what is missing
//   node scripts/setup.mjs --gpu    also TensorFlow's CUDA binary (some 400 MB), which is left out otherwise
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const lock = join(root, 'package-lock.json');

class SetupError extends Error {}

const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const seconds = (begin) => `${((performance.now() - begin) / 1000).toFixed(1)} s`;

/** Throws where `version` (of Node, as 20.19.0) is one on which the project does not work. */
export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) return;
  throw new SetupError(
    `DrNAS needs Node.js 20.19 or newer (in the 22 line 22.12 or newer); this is ${version}.\n` +
      'Install a current one from https://nodejs.org, or with nvm: nvm install 22 && nvm use 22',
  );
}

/** What the installed packages belong to: a change of either means installing anew. */
function wanted() {
  const hash = createHash('sha256')
    .update(read(lock) || read(join(root, 'package.json')))
    .digest('hex');
  return `${hash} ${process.platform}-${process.arch}\n`;
}

/** Whether npm's own record of node_modules has every package of the lock file, as after a plain `npm ci`. */
function installedByHand() {
  const record = read(join(modules, '.package-lock.json'));
  if (!record || !existsSync(lock)) return false;
  const there = JSON.parse(record).packages;
  return Object.entries(JSON.parse(read(lock)).packages).every(
    ([path, { version, optional }]) => path === '' || optional || there[path]?.version === version,
  );
}

function runNpm(args) {
  const cli = process.env.npm_execpath;
  const [command, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  const windows = process.platform === 'win32' && command === 'npm';
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args], {
      cwd: root,
      shell: windows,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

/** One sentence for what npm says at length. */
export function explain(output) {
  const causes = [
    [
      /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ERR_SOCKET_TIMEOUT/,
      'The package registry cannot be reached: check the network (and the proxy: npm config get https-proxy), then run this again.',
    ],
    [/ENOSPC/, 'The disk is full: the packages need about 600 MB.'],
    [/EACCES|EPERM|EROFS/, `This folder cannot be written: check who owns ${root}.`],
    [
      /SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_/,
      "The registry's certificate is not trusted: behind a company proxy, set npm config cafile.",
    ],
    [/\bE404\b|ETARGET/, 'A package is not in the registry that npm is set to (npm config get registry).'],
    [/EUSAGE/, 'package.json and package-lock.json contradict each other: run npm install once.'],
    [/EINTEGRITY/, 'A downloaded package has a wrong checksum: run npm cache verify, then this again.'],
  ];
  return causes.find(([pattern]) => pattern.test(output))?.[1] ?? 'npm could not install the packages.';
}

const excerpt = (output) => output.trim().split('\n').slice(0, 12).join('\n');

async function installPackages() {
  const stamp = join(modules, '.drnas-setup');
  if (read(stamp) === wanted()) return;
  if (installedByHand()) return writeFileSync(stamp, wanted());
  const begin = performance.now();
  // Install scripts are left out: no package needs one, and TensorFlow's downloads hundreds of megabytes.
  const args = [
    existsSync(lock) ? 'ci' : 'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  console.log(`Installing the packages (npm ${args[0]}; about 600 MB on disk, a minute or so) …`);
  const still = setInterval(() => console.log(`  still installing, ${seconds(begin)}`), 15_000);
  const { status, output } = await runNpm(args)
    .catch((error) => {
      const missing =
        'npm was not found: it comes with Node.js (https://nodejs.org); some Linux distributions pack it apart.';
      throw new SetupError(error.code === 'ENOENT' ? missing : `npm cannot be started: ${error.message}`);
    })
    .finally(() => clearInterval(still));
  if (status !== 0) throw new SetupError(`${explain(output)}\n\nnpm said:\n${excerpt(output)}`);
  console.log(`Installed the packages in ${seconds(begin)}.`);
  await checkZeromq();
  writeFileSync(stamp, wanted());
}

/** The notebooks' messages need zeromq's binary; its package brings one for the usual platforms. */
async function checkZeromq() {
  const loads = () => spawnSync(process.execPath, ['-e', "require('zeromq')"], { cwd: root }).status === 0;
  if (!existsSync(join(modules, 'zeromq')) || loads()) return;
  console.log('zeromq has no ready binary for this machine; building it …');
  await runNpm(['rebuild', 'zeromq', '--foreground-scripts']);
  if (!loads()) {
    console.warn('zeromq does not load here, so notebooks cannot run (npm run reproduce); all else works.');
  }
}

const hasCompiler = () =>
  Boolean(process.env.CXX) ||
  (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => ['g++', 'clang++', 'c++'].some((name) => existsSync(join(folder, name))));

/** The addon is an acceleration: without it the shipped wasm kernels do the same work, more slowly. */
function buildNative() {
  const script = join(root, 'scripts', 'build-native.mjs');
  const folder = join(root, 'native');
  if (!existsSync(script) || !existsSync(folder) || process.platform === 'win32' || !hasCompiler()) return;
  // The hash that build-native.mjs notes down: of all sources, names and bytes.
  const hash = createHash('sha256');
  const sources = readdirSync(folder).filter((name) => /\.(cpp|h)$/.test(name));
  for (const name of sources.sort()) hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  const wantedHash = hash.digest('hex').slice(0, 32);
  const built = read(join(root, 'build', 'native', 'built.json'));
  if (built && JSON.parse(built).hash === wantedHash) return;
  const failures = join(modules, '.drnas-native-failed');
  if (read(failures) === wantedHash) return; // not again until a source changes
  const begin = performance.now();
  console.log('Building the native kernels (up to a minute) …');
  const { status, stdout } = spawnSync(process.execPath, [script, '--quiet'], {
    cwd: root,
    encoding: 'utf8',
  });
  const complaint = stdout.trim() || (status === 0 ? '' : `The build ended with status ${status}.`);
  console.log(complaint || `Built them in ${seconds(begin)}.`);
  if (complaint && existsSync(modules)) writeFileSync(failures, wantedHash);
}

async function installGpu() {
  console.log('Fetching the CUDA binary of @tensorflow/tfjs-node-gpu …');
  const { status, output } = await runNpm([
    'rebuild',
    '@tensorflow/tfjs-node-gpu',
    '--foreground-scripts',
    '--ignore-scripts=false',
  ]);
  if (status === 0) console.log('Done; whether it finds a GPU shows: npx drnas info');
  else
    throw new SetupError(
      `TensorFlow's GPU package could not be set up; the CPU backends are unaffected. ${explain(output)}\n\nnpm said:\n${excerpt(output)}`,
    );
}

async function main() {
  try {
    checkNode();
    await installPackages();
    buildNative();
    if (process.argv.includes('--gpu')) await installGpu();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`\nsetup: ${error.message}`);
    process.exitCode = 1;
  }
}

// Not when the tests import this file.
if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
