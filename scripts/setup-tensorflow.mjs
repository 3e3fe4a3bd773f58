// Gives the tensorflow backend a library of this machine's own: takes libtensorflow out of a Python TensorFlow and builds the
// binding of @tensorflow/tfjs-node-gpu against it, in .cache/tensorflow. For where the package's own download fails or is too old.
// Plain Node. Nothing half-made is left behind: all is made beside the place and moved there when it computes.
//
//   npm run setup:tensorflow                      TensorFlow's CPU library, by pip into .cache/tensorflow/venv
//   npm run setup:tensorflow -- --gpu             with CUDA and cuDNN, by pip too: some 4 GB
//   npm run setup:tensorflow -- --from FOLDER     a TensorFlow that is there: a virtual environment, or its folder tensorflow
//   npm run setup:tensorflow -- --remove          takes it all away again
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildBinding, checkBuildTools } from './tensorflow/binding.mjs';
import { checkLibrary } from './tensorflow/check.mjs';
import { TensorflowSetupError } from './tensorflow/command.mjs';
import { layOut } from './tensorflow/layout.mjs';
import { copyPackage } from './tensorflow/package.mjs';
import { installTensorflow, locateTensorflow } from './tensorflow/python.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, '.cache');
const place = join(cache, 'tensorflow');
const marker = join(place, 'whole.json');

function options() {
  const { values } = parseArgs({
    options: {
      gpu: { type: 'boolean', default: false },
      from: { type: 'string' },
      version: { type: 'string' },
      python: { type: 'string' },
      force: { type: 'boolean', default: false },
      remove: { type: 'boolean', default: false },
    },
  });
  if (values.from === undefined) return values;
  if (values.gpu || values.version || values.python)
    throw new TensorflowSetupError('--from takes what is there: leave out --gpu, --version and --python');
  const from = resolve(values.from);
  if (!relative(place, from).startsWith('..'))
    throw new TensorflowSetupError(
      `--from ${from} lies in ${place}, which is replaced: move it elsewhere first`,
    );
  return { ...values, from };
}

/** What an earlier run made, if it was made whole. */
const present = () => (existsSync(marker) ? JSON.parse(readFileSync(marker, 'utf8')) : undefined);

/** Whether that is what is asked for now. */
function serves(found, { gpu, from, version, force }) {
  if (!found || force) return false;
  if (from) return found.from === from;
  return !found.from && found.gpu === gpu && (!version || found.requested === version);
}

/** Folders that a run left which was killed. */
function leftovers() {
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => name.startsWith('tensorflow.part-') || name.startsWith('tensorflow.old-'))
    .map((name) => join(cache, name));
}

function removeAll() {
  const folders = [place, ...leftovers()].filter(existsSync);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  console.log(folders.length ? `Removed ${place}.` : `There is nothing in ${place}.`);
}

/** Moves what is whole to its place; a library that was there before stays until then. */
function moveIn(part) {
  const old = join(cache, `tensorflow.old-${process.pid}`);
  if (existsSync(place)) renameSync(place, old);
  renameSync(part, place);
  rmSync(old, { recursive: true, force: true });
}

async function make(wanted) {
  for (const folder of leftovers()) rmSync(folder, { recursive: true, force: true });
  const part = join(cache, `tensorflow.part-${process.pid}`);
  const undo = () => rmSync(part, { recursive: true, force: true });
  const interrupted = (signal) => {
    undo();
    console.error(`\nsetup:tensorflow: ended by ${signal}; nothing was changed`);
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupted);
  try {
    await checkBuildTools();
    mkdirSync(part, { recursive: true });
    const library = wanted.from
      ? locateTensorflow(wanted.from)
      : await installTensorflow(join(part, 'venv'), wanted);
    const folder = join(part, 'package');
    await copyPackage(root, folder, part);
    layOut(library, folder, part);
    await buildBinding(folder, library);
    const { version, gpu } = await checkLibrary(root, folder);
    const facts = {
      tensorflow: version,
      gpu: wanted.gpu || (wanted.from !== undefined && gpu),
      ...(wanted.from ? { from: wanted.from } : { requested: library.version }),
      node: process.version,
      made: new Date().toISOString(),
    };
    writeFileSync(join(part, 'whole.json'), `${JSON.stringify(facts, null, 2)}\n`);
    moveIn(part);
    const device = gpu ? 'It computes on the GPU.' : 'It computes on the CPU; it sees no GPU.';
    console.log(`TensorFlow ${version} is ready in ${place}. ${device}`);
    console.log('Use it with --backend tensorflow, or DRNAS_BACKEND=tensorflow.');
  } catch (error) {
    undo();
    throw error;
  }
}

try {
  const wanted = options();
  const found = present();
  if (wanted.remove) removeAll();
  else if (serves(found, wanted))
    console.log(`TensorFlow ${found.tensorflow} is there already, in ${place} (--force makes it anew).`);
  else await make(wanted);
} catch (error) {
  if (!(error instanceof TensorflowSetupError) && !error.code?.startsWith?.('ERR_PARSE_ARGS')) throw error;
  console.error(`\nsetup:tensorflow: ${error.message}`);
  process.exitCode = 1;
}
