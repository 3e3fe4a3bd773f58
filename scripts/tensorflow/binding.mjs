// Builds tfjs_binding.node, the bridge from Node to TensorFlow's C API, from the package's own sources.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { command, TensorflowSetupError } from './command.mjs';

/** N-API 8, which every Node from 12.22 has: the folder name that the package looks for. */
const NAPI = 8;

function nodeHeaders() {
  const beside = join(dirname(dirname(process.execPath)), 'include', 'node');
  if (existsSync(join(beside, 'node_api.h'))) return beside;
  try {
    return createRequire(import.meta.url)('node-api-headers').include_dir;
  } catch {
    throw new TensorflowSetupError(
      `there is no node_api.h in ${beside}: install Node from nodejs.org or by nvm, which bring it, or npm i --no-save node-api-headers`,
    );
  }
}

const compiler = () => process.env.CXX ?? 'g++';
const ADVICE =
  'The binding could not be built; it needs a C++17 compiler (Debian and Ubuntu: apt install g++).';

/** Refuses a machine on which the binding cannot be built, before anything is downloaded for it. */
export async function checkBuildTools() {
  if (process.platform !== 'linux')
    throw new TensorflowSetupError(
      `the binding is built on Linux only, this is ${process.platform}: on Windows use WSL 2, or the webgpu backend`,
    );
  nodeHeaders();
  await command(compiler(), ['--version'], { advice: ADVICE });
}

/**
 * Two C++ files and one compiler call; node-gyp would add Python, a download of Node's headers and a settings file for the same
 * call. The old kind of run path (DT_RPATH) also serves what the library loads later by itself: CUDA.
 */
export async function buildBinding(folder, { nvidia }) {
  console.log('Building the binding …');
  const target = join(folder, 'lib', `napi-v${NAPI}`);
  mkdirSync(target, { recursive: true });
  const cuda = nvidia
    ? readdirSync(nvidia)
        .filter((name) => existsSync(join(nvidia, name, 'lib')))
        .map((name) => `$ORIGIN/../../deps/nvidia/${name}/lib`)
    : [];
  const paths = ['$ORIGIN/../../deps/lib', ...cuda].map((path) => `-Wl,-rpath,${path}`);
  const sources = readdirSync(join(folder, 'binding')).filter((name) => name.endsWith('.cc'));
  await command(
    compiler(),
    [
      ...['-O2', '-std=c++17', '-fPIC', '-shared', '-w', `-DNAPI_VERSION=${NAPI}`],
      ...[`-I${join(folder, 'deps', 'include')}`, `-I${nodeHeaders()}`, `-I${folder}`],
      ...sources.map((name) => join(folder, 'binding', name)),
      ...['-o', join(target, 'tfjs_binding.node'), `-L${join(folder, 'deps', 'lib')}`],
      ...['-ltensorflow', '-ltensorflow_framework', '-Wl,--disable-new-dtags', ...paths],
    ],
    { advice: ADVICE },
  );
}
