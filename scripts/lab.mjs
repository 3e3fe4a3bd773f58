// Opens the notebooks in JupyterLab with this project's kernel: `npm run lab`. Plain Node, no packages.
//
//   npm run lab                    the Jupyter on PATH, or else JupyterLab from pip in .venv/ of this project
//   npm run lab -- --no-browser    further arguments go to Jupyter
//   npm run lab -- --check         starts the server, executes a cell in the kernel, stops: does it work here?
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === 'win32';
const venv = join(root, '.venv', windows ? 'Scripts' : 'bin');
const executable = (name) => (windows ? `${name}.exe` : name);
// Absolute, as Jupyter resolves it in whatever folder it is in.
const env = {
  ...process.env,
  JUPYTER_PATH: [join(root, 'jupyter'), process.env.JUPYTER_PATH].filter(Boolean).join(delimiter),
};

class LabError extends Error {}

const works = (command, args) =>
  spawnSync(command, args, { env, stdio: 'ignore', timeout: 60_000 }).status === 0;

/** The folder-less names are looked up on PATH. JupyterLab is preferred to the classic Notebook. */
function findJupyter() {
  const candidates = [
    { command: join(venv, executable('jupyter')), app: 'lab' },
    { command: 'jupyter', app: 'lab' },
    { command: 'jupyter', app: 'notebook' },
  ];
  return candidates.find(({ command, app }) => works(command, [app, '--version']));
}

function run(command, args, sentence) {
  console.log(`  ${[command, ...args].join(' ')}`);
  const { status, error } = spawnSync(command, args, { env, stdio: 'inherit' });
  if (status !== 0) throw new LabError(`${sentence}${error ? ` (${error.message})` : ''}`);
}

/** JupyterLab in a virtual environment of the project; nothing outside this folder is touched. */
function installJupyter() {
  const python = ['python3', 'python'].find((name) => works(name, ['--version']));
  if (!python)
    throw new LabError(
      'There is no Jupyter and no Python to install it with: install Python 3 (https://python.org).',
    );
  console.log(
    'No Jupyter was found. Installing JupyterLab with pip into .venv/ of this project (about 250 MB, a minute):',
  );
  try {
    if (!existsSync(join(venv, executable('pip')))) {
      run(
        python,
        ['-m', 'venv', join(root, '.venv')],
        'Python could not make a virtual environment; on Debian and Ubuntu: apt install python3-venv',
      );
    }
    // Without the Python package plotly: its renderer shows our pictures at twice their size until the mouse is over them.
    run(
      join(venv, executable('pip')),
      ['install', '--quiet', 'jupyterlab'],
      'pip could not install JupyterLab: is there a network?',
    );
  } catch (error) {
    if (!existsSync(join(venv, executable('jupyter'))))
      rmSync(join(root, '.venv'), { recursive: true, force: true });
    throw error;
  }
  return { command: join(venv, executable('jupyter')), app: 'lab' };
}

function serverArguments(app) {
  const asRoot = process.getuid?.() === 0 ? ['--allow-root'] : [];
  const start = existsSync(join(root, 'notebooks', '00-quickstart.ipynb'))
    ? 'notebooks/00-quickstart.ipynb'
    : 'notebooks';
  const page =
    app === 'lab' ? `--LabApp.default_url=/lab/tree/${start}` : `--NotebookApp.default_url=/tree/${start}`;
  return [app, ...asRoot, page];
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Executes one cell by Jupyter's own client and gives its output. */
function executeCell(command, code) {
  const folder = mkdtempSync(join(tmpdir(), 'drnas-lab-'));
  try {
    const cell = {
      cell_type: 'code',
      id: 'sum',
      metadata: {},
      source: code,
      outputs: [],
      execution_count: null,
    };
    const metadata = { kernelspec: { name: 'tslab', display_name: 'TypeScript', language: 'typescript' } };
    const notebook = { cells: [cell], metadata, nbformat: 4, nbformat_minor: 5 };
    writeFileSync(join(folder, 'in.ipynb'), JSON.stringify(notebook));
    const args = ['nbconvert', '--to', 'notebook', '--execute', 'in.ipynb', '--output', 'out.ipynb'];
    const { status, stderr } = spawnSync(command, args, {
      cwd: folder,
      env,
      encoding: 'utf8',
      timeout: 120_000,
    });
    if (status !== 0) throw new LabError(`Jupyter could not execute a cell in the kernel:\n${stderr}`);
    const [{ outputs }] = JSON.parse(readFileSync(join(folder, 'out.ipynb'), 'utf8')).cells;
    return outputs
      .map((output) => [output.text ?? ''].flat().join(''))
      .join('')
      .trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function check({ command, app }) {
  const port = await freePort();
  const token = randomBytes(16).toString('hex');
  // The classic Notebook up to version 6 has its settings under another name.
  const settings = ['ServerApp', 'NotebookApp'].flatMap((name) => [
    `--${name}.token=${token}`,
    `--${name}.port=${port}`,
  ]);
  const server = spawn(command, [...serverArguments(app), '--no-browser', '--ip=127.0.0.1', ...settings], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.on('data', (chunk) => {
      log += chunk;
    });
  }
  const ask = async (path, options = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/${path}`, {
      ...options,
      headers: { Authorization: `token ${token}` },
    });
    if (!answer.ok) throw new LabError(`${path}: ${answer.status} ${answer.statusText}\n${log}`);
    return answer.status === 204 ? undefined : answer.json();
  };
  try {
    const deadline = Date.now() + 60_000;
    while (!(await ask('status').catch(() => undefined))) {
      if (server.exitCode !== null || Date.now() > deadline)
        throw new LabError(`the server does not answer:\n${log}`);
      await wait(300);
    }
    console.log(`The server answers on port ${port}.`);
    const { kernelspecs } = await ask('kernelspecs');
    if (!kernelspecs.tslab) throw new LabError(`the kernel tslab is not among ${Object.keys(kernelspecs)}`);
    console.log(`It lists the kernel "${kernelspecs.tslab.spec.display_name}".`);
    const { id } = await ask('kernels', { method: 'POST', body: JSON.stringify({ name: 'tslab' }) });
    await ask(`kernels/${id}`, { method: 'DELETE' });
    console.log('It starts and stops the kernel.');
  } finally {
    server.kill('SIGTERM');
    await Promise.race([new Promise((resolve) => server.once('exit', resolve)), wait(10_000)]);
    server.kill('SIGKILL');
  }
  const sum = executeCell(command, 'const terms: number[] = [1, 1]; terms[0] + terms[1]');
  if (sum !== '2') throw new LabError(`1 + 1 gave "${sum}" in the kernel`);
  console.log('A cell executed by Jupyter gives 1 + 1 = 2. All is well.');
}

try {
  const extra = process.argv.slice(2);
  const jupyter = findJupyter() ?? installJupyter();
  console.log(`Using ${jupyter.command} ${jupyter.app}`);
  if (extra.includes('--check')) {
    await check(jupyter);
  } else {
    console.log('Stop it with Ctrl-C (twice).');
    const server = spawn(jupyter.command, [...serverArguments(jupyter.app), ...extra], {
      cwd: root,
      env,
      stdio: 'inherit',
    });
    process.on('SIGINT', () => {}); // Jupyter gets the Ctrl-C too, and asks whether it is meant
    process.on('SIGTERM', () => server.kill('SIGTERM'));
    process.exitCode = await new Promise((resolve) => server.once('exit', (status) => resolve(status ?? 1)));
  }
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  console.error(`\nlab: ${error.message}`);
  process.exitCode = 1;
}
