// `drnas draw`: a cell as a picture.
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { formatArchitecture } from '../spaces/nasbench201/architecture.js';
import { architectureIndex } from '../spaces/nasbench201/officialOrder.js';
import { architectureOf } from './lookup.js';

export function drawCommand(): Command {
  return new Command('draw')
    .description('draw a NAS-Bench-201 cell as SVG and PNG')
    .argument('<architecture>', 'its text or its official index')
    .requiredOption('--out <path>', 'where to write, without extension')
    .option('--force', 'overwrite files that exist')
    .option('--json', 'print JSON')
    .action(async (text: string, { out, force, json }: { out: string; force?: boolean; json?: boolean }) => {
      const architecture = architectureOf(text);
      const arch = formatArchitecture(architecture);
      const base = out.replace(/\.(svg|png)$/, '');
      for (const file of [`${base}.svg`, `${base}.png`]) {
        if (existsSync(file) && !force)
          throw new Error(`${file} exists: add --force to overwrite it, or choose another name`);
      }
      const { saveCell } = await import('../figures/cell.js');
      await saveCell(arch, base, {
        title: `NAS-Bench-201 cell ${architectureIndex(architecture)}`,
      });
      const files = [`${base}.svg`, `${base}.png`];
      console.log(json ? JSON.stringify({ arch, files }) : files.join(', '));
    });
}
