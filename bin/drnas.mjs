#!/usr/bin/env node
// The command `drnas`: prepares a fresh clone if need be, then hands over to src/cli.ts.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

if (!existsSync(at('node_modules/tsx'))) {
  // What setup says goes to stderr: stdout belongs to the command's own (perhaps machine-read) output.
  const { status } = spawnSync(process.execPath, [at('scripts/setup.mjs')], { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(1);
}
const { register } = await import('tsx/esm/api');
register();
await import('../src/cli.ts');
