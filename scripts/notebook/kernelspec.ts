// Finds an installed Jupyter kernel by name: the project's own first, then JUPYTER_PATH, then the user's folders.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface KernelSpec {
  name: string;
  argv: string[];
  displayName: string;
  language: string;
  env: Record<string, string>;
}

/** Jupyter's data folder of this user (where `jupyter kernelspec install --user` writes). */
export function userDataFolder(): string {
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Jupyter');
  if (process.platform === 'win32') return join(process.env.APPDATA ?? homedir(), 'jupyter');
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'jupyter');
}

function kernelFolders(root: string): string[] {
  const path = (process.env.JUPYTER_PATH ?? '').split(delimiter).filter(Boolean);
  const shared = ['/usr/local/share/jupyter', '/usr/share/jupyter'];
  return [join(root, 'jupyter'), ...path, userDataFolder(), ...shared].map((folder) =>
    join(folder, 'kernels'),
  );
}

/** Throws with the names that exist where there is no kernel `name`. */
export function findKernelSpec(name: string, root: string): KernelSpec {
  const known = new Set<string>();
  for (const folder of kernelFolders(root)) {
    for (const entry of existsSync(folder) ? readdirSync(folder) : []) {
      const file = join(folder, entry, 'kernel.json');
      if (!existsSync(file)) continue;
      known.add(entry);
      if (entry !== name) continue;
      const spec = JSON.parse(readFileSync(file, 'utf8'));
      const argv = spec.argv.map((part: string) => part.replaceAll('{resource_dir}', join(folder, entry)));
      return { name, argv, displayName: spec.display_name, language: spec.language, env: spec.env ?? {} };
    }
  }
  throw new Error(`no Jupyter kernel is named "${name}"; there are: ${[...known].join(', ') || 'none'}`);
}
