// Finds libtensorflow in a Python TensorFlow, or has pip install one into a virtual environment of the project.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { command, TensorflowSetupError } from './command.mjs';

/**
 * Versions by the Python they exist for. All were loaded, and compute right, with this binding: their C API is the same.
 * See environment.md for what that was tried on.
 */
const VERSIONS = [{ from: 9, to: 13, version: '2.20.0' }];

/**
 * A TensorFlow below `folder`, which is a virtual environment, its site-packages or the folder tensorflow itself.
 * Gives its `libraries`, `headers`, and the folder `nvidia` of CUDA's libraries beside it, where there is one.
 */
export function locateTensorflow(folder) {
  const start = resolve(folder);
  const candidates = [start, join(start, 'tensorflow')];
  for (const lib of ['lib', 'lib64']) {
    if (!existsSync(join(start, lib))) continue;
    for (const name of readdirSync(join(start, lib)))
      if (name.startsWith('python')) candidates.push(join(start, lib, name, 'site-packages', 'tensorflow'));
  }
  const found = candidates.find((candidate) => existsSync(join(candidate, 'libtensorflow_framework.so.2')));
  if (!found)
    throw new TensorflowSetupError(
      `there is no TensorFlow in ${start}: expected a virtual environment with the package tensorflow or tensorflow-cpu`,
    );
  if (!existsSync(join(found, 'libtensorflow_cc.so.2')))
    throw new TensorflowSetupError(
      `${found} has no libtensorflow_cc.so.2: that TensorFlow is too old (2.12 is the first known to have it)`,
    );
  const headers = join(found, 'include');
  if (!existsSync(join(headers, 'tensorflow', 'c', 'eager', 'c_api.h')))
    throw new TensorflowSetupError(`${found} has no C headers (include/tensorflow/c/eager/c_api.h)`);
  const nvidia = join(dirname(found), 'nvidia');
  return {
    libraries: {
      tensorflow: join(found, 'libtensorflow_cc.so.2'),
      framework: join(found, 'libtensorflow_framework.so.2'),
    },
    headers,
    nvidia: existsSync(nvidia) ? nvidia : undefined,
  };
}

/** A Python that makes virtual environments, and its minor version. */
async function findPython(given) {
  const file = given ?? process.env.PYTHON ?? 'python3';
  const advice =
    'setup:tensorflow needs Python 3 with pip to fetch TensorFlow (or --from with one that is there).';
  const text = await command(file, ['-c', 'import sys; print(*sys.version_info[:2])'], { advice });
  const [major, minor] = text.trim().split(' ').map(Number);
  if (major !== 3) throw new TensorflowSetupError(`${file} is Python ${major}; expected Python 3`);
  return { file, minor };
}

function versionFor(minor, asked) {
  if (asked) return asked;
  const fit = VERSIONS.find(({ from, to }) => minor >= from && minor <= to);
  if (fit) return fit.version;
  throw new TensorflowSetupError(
    `no TensorFlow is known to fit Python 3.${minor}: give another Python (--python FILE) or a version (--version X)`,
  );
}

/** Lists what the extra and-cuda of the installed tensorflow asks for: CUDA and cuDNN as Python packages. */
const CUDA_REQUIREMENTS = `
import importlib.metadata, re
for line in importlib.metadata.requires('tensorflow') or []:
    requirement, _, marker = line.partition(';')
    if 'and-cuda' in marker: print(re.sub(r'[\\s()]', '', requirement))
`;

/** Installs TensorFlow into a new virtual environment `folder` and finds its library there. Only the library: no Keras, no NumPy. */
export async function installTensorflow(folder, { gpu, version: asked, python }) {
  const { file, minor } = await findPython(python);
  const version = versionFor(minor, asked);
  const name = gpu ? 'tensorflow' : 'tensorflow-cpu';
  console.log(`Making a virtual environment with ${name} ${version} (Python 3.${minor}) …`);
  await command(file, ['-m', 'venv', folder], {
    advice: 'Python could not make a virtual environment; on Debian and Ubuntu: apt install python3-venv',
  });
  const inside = join(folder, 'bin', 'python');
  const install = (packages, what) =>
    command(inside, ['-m', 'pip', 'install', '--no-input', '--no-deps', '--no-cache-dir', ...packages], {
      advice: `pip could not install ${what}: is there a network, and is the disk large enough?`,
      progress: `still installing ${what}`,
    });
  await install([`${name}==${version}`], `${name} ${version}`);
  if (gpu) {
    const requirements = (await command(inside, ['-c', CUDA_REQUIREMENTS]))
      .trim()
      .split('\n')
      .filter(Boolean);
    if (!requirements.length)
      throw new TensorflowSetupError(`tensorflow ${version} does not say which CUDA packages it needs`);
    console.log(`Installing CUDA and cuDNN: ${requirements.join(', ')} …`);
    await install(requirements, 'the CUDA libraries');
  }
  return { ...locateTensorflow(folder), version };
}
