// Finds the PyTorch installations of this machine, or makes one in .cache/bench-venv.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Torch {
  python: string;
  version: string;
}

const QUESTION = 'import torch; print(torch.__version__, torch.__file__)';

/** The torch that a Python can import, and its file, or undefined. */
function ask(python: string): { version: string; file: string } | undefined {
  const { status, stdout } = spawnSync(python, ['-c', QUESTION], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const [version, file] = stdout.trim().split(' ');
  return { version, file };
}

const venvPython = (root: string) => {
  const folder = join(root, '.cache', 'bench-venv');
  const windows = process.platform === 'win32';
  return { folder, python: windows ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python') };
};

/**
 * Each torch once: of the Pythons that are named, or of DRNAS_BENCH_PYTHON (a list like PATH), .cache/bench-venv, and
 * the `python3` of the PATH and of the system (where Debian's python3-torch goes).
 */
export function findTorch(root: string, named: readonly string[] = []): Torch[] {
  const fromEnvironment = process.env.DRNAS_BENCH_PYTHON?.split(delimiter).filter(Boolean) ?? [];
  const usual = [venvPython(root).python, 'python3', '/usr/bin/python3'];
  const candidates = named.length ? named : [...fromEnvironment, ...usual];
  const found = new Map<string, Torch>();
  for (const python of candidates) {
    const torch = ask(python);
    if (torch && !found.has(torch.file)) found.set(torch.file, { python, version: torch.version });
  }
  return [...found.values()];
}

/**
 * Makes .cache/bench-venv with the current torch of PyPI. Its wheel for Linux on x86-64 does not load without the CUDA
 * libraries, GPU or not, so they come with it: 5.4 GB on the disk. It gives a sentence about what went wrong, if anything.
 */
export function installTorch(root: string, log: (line: string) => void): string | undefined {
  const { folder, python } = venvPython(root);
  const run = (file: string, args: string[]) =>
    spawnSync(file, args, { stdio: ['ignore', 2, 2] }).status === 0;
  log(`installing PyTorch into ${folder}; on x86-64 Linux this takes 5.4 GB of disk …`);
  if (!existsSync(python) && !run('python3', ['-m', 'venv', folder])) {
    return 'python3 -m venv fails: install Python 3 with its venv module, or name a Python that has torch in DRNAS_BENCH_PYTHON';
  }
  if (!run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'torch', 'numpy'])) {
    return 'pip install torch fails: its own message is above; or name a Python that has torch in DRNAS_BENCH_PYTHON';
  }
  return undefined;
}

/** What each PyTorch is compared with before it is timed: one recorded problem of each task. */
const RECORDED = ['nb201_cell_C8_k1', 'darts_cell_C8_k4_normal', 'darts_derived_C4_L3'];

/** Compares PyTorch's cells and network, in all forms, with recorded numbers. @throws where they differ. */
export function checkTorch(root: string, { python, version }: Torch): void {
  const script = join(root, 'bench', 'pytorch', 'contestant.py');
  for (const name of RECORDED) {
    const golden = join(root, 'test', 'golden', `${name}.json.gz`);
    const { status, stdout, stderr } = spawnSync(python, ['-B', script, '--check', golden], {
      encoding: 'utf8',
    });
    if (status !== 0) {
      const said = stdout.trim() || stderr.trim().split('\n').pop();
      throw new Error(`PyTorch ${version} does not compute what is recorded in ${name}: ${said}`);
    }
  }
}
