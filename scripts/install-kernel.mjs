// Registers this project's kernel for the user, for VS Code or a Jupyter that is started elsewhere. No Python needed.
//
//   node scripts/install-kernel.mjs            writes …/jupyter/kernels/drnas-tslab/kernel.json
//   node scripts/install-kernel.mjs --remove   takes it away again
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Jupyter's data folder of this user; JUPYTER_DATA_DIR overrides it, as for Jupyter itself. */
function dataFolder() {
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Jupyter');
  if (process.platform === 'win32') return join(process.env.APPDATA ?? homedir(), 'jupyter');
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'jupyter');
}

const folder = join(dataFolder(), 'kernels', 'drnas-tslab');
if (process.argv.includes('--remove')) {
  rmSync(folder, { recursive: true, force: true });
  console.log(`Removed ${folder}`);
} else {
  const spec = JSON.parse(readFileSync(join(root, 'jupyter', 'kernels', 'tslab', 'kernel.json'), 'utf8'));
  // Absolute paths: an editor started from the desktop has another PATH than a terminal.
  spec.argv[0] = process.execPath;
  spec.argv[1] = join(root, 'jupyter', 'tslab-kernel.cjs');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'kernel.json'), `${JSON.stringify(spec, null, 2)}\n`);
  console.log(`Wrote ${join(folder, 'kernel.json')}`);
  console.log(`Choose the kernel "${spec.display_name}" in VS Code (Select Kernel > Jupyter Kernel…).`);
  console.log('After moving this project to another folder, run this again.');
}
