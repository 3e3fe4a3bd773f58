// Writes the studies of src/experiments/ablations.ts as the files that `drnas study run NAME` finds; a test holds them equal.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../src/atomic.js';
import { ABLATIONS } from '../src/experiments/ablations.js';
import { projectRoot } from '../src/root.js';

const folder = join(projectRoot(), 'src', 'experiments', 'studies');
mkdirSync(folder, { recursive: true });
for (const [name, study] of Object.entries(ABLATIONS)) {
  const file = join(folder, `${name}.json`);
  writeAtomically(file, `${JSON.stringify(study(), null, 2)}\n`);
  console.log(file);
}
