// Copies the JavaScript of @tensorflow/tfjs-node-gpu, with the sources of its binding, to where a library joins it.
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { command, TensorflowSetupError } from './command.mjs';

const NAME = '@tensorflow/tfjs-node-gpu';
/** What it loads besides tfjs itself. */
const LOADED = ['@mapbox/node-pre-gyp', 'google-protobuf', 'progress'];
const PARTS = ['package.json', 'dist', 'binding'];

const npm = (args, options) =>
  process.env.npm_execpath?.endsWith('.js')
    ? command(process.execPath, [process.env.npm_execpath, ...args], options)
    : command('npm', args, options);

/** The package as npm installed it, or, since it is optional and may be missing, as the registry has it. */
async function source(root, scratch) {
  const installed = join(root, 'node_modules', ...NAME.split('/'));
  if (PARTS.every((part) => existsSync(join(installed, part)))) return installed;
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const wanted = `${NAME}@${optionalDependencies[NAME]}`;
  console.log(`Fetching ${wanted} …`);
  const advice = `npm could not fetch ${wanted}: is there a network?`;
  const folder = join(scratch, 'download');
  mkdirSync(folder);
  const packed = await npm(['pack', wanted, '--ignore-scripts', '--pack-destination', folder], {
    advice,
    cwd: folder,
  });
  const { extract } = createRequire(join(root, 'package.json'))('tar');
  await extract({ file: join(folder, packed.trim().split('\n').at(-1)), cwd: folder });
  return join(folder, 'package');
}

/** Puts the package into `folder`. tfjs itself is found above, in the project's node_modules: there must be one tfjs only. */
export async function copyPackage(root, folder, scratch) {
  const from = await source(root, scratch);
  mkdirSync(folder, { recursive: true });
  for (const part of PARTS) cpSync(join(from, part), join(folder, part), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const require = createRequire(join(root, 'package.json'));
  const missing = LOADED.filter((name) => {
    try {
      require.resolve(name);
      return false;
    } catch {
      return true;
    }
  });
  if (missing.length === 0) return;
  const wanted = missing.map((name) => `${name}@${dependencies[name]}`);
  if (wanted.some((name) => name.endsWith('@undefined')))
    throw new TensorflowSetupError(`${NAME} no longer names ${missing.join(', ')} among what it needs`);
  // Beside the package, not in it: by its package.json npm would install a second tfjs.
  const args = ['install', '--prefix', scratch, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  await npm([...args, ...wanted], { advice: `npm could not fetch ${wanted.join(', ')}`, cwd: scratch });
}
