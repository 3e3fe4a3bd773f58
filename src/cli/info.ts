// `drnas info`: what this machine has: backends, data sets, benchmark table.
import { cpus, totalmem } from 'node:os';
import { Command, Option } from 'commander';
import { chooseBackend } from '../backend/choose.js';
import { loadNasBench201 } from '../benchmarks/nasbench201.js';
import { openDataset } from '../data/open.js';
import { DEFAULTS, readoutOf } from '../search/config.js';
import { referenceOf } from '../search/presets.js';
import { formatSchedule, SCHEDULES } from '../search/progressive/schedules.js';
import type { SpaceName } from '../spaces/space.js';

export function infoCommand(): Command {
  return new Command('info')
    .description('backend, data set and table that a search would use here')
    .option(
      '--settings',
      'list every setting with the value of the official script, or the default where the script has none',
    )
    .addOption(
      new Option('--space <name>', 'whose settings').choices(['nasbench201', 'darts']).default('nasbench201'),
    )
    .option('--json', 'print JSON')
    .action(async (options: { settings?: boolean; space: SpaceName; json?: boolean }) => {
      if (options.settings) {
        const { withNone, ...optional } = DEFAULTS;
        const official = referenceOf({ space: options.space });
        const reference = {
          ...(options.space === 'darts' ? { withNone } : {}),
          ...optional,
          readout: readoutOf(official),
          ...official,
        };
        return console.log(options.json ? JSON.stringify(reference) : JSON.stringify(reference, null, 2));
      }
      const backend = await chooseBackend({ log: (line) => console.error(line) });
      const dataset = await openDataset('auto', { download: false });
      const table = await loadNasBench201({ log: (line) => console.error(line) });
      const facts = {
        node: process.version,
        machine: {
          cpu: cpus()[0]?.model.trim(),
          cores: cpus().length,
          memoryGiB: Math.round(totalmem() / 2 ** 30),
        },
        backend,
        dataset: {
          name: dataset.name,
          title: dataset.title,
          source: dataset.source,
          checksum: dataset.checksum,
          notes: dataset.notes,
        },
        schedules: Object.entries(SCHEDULES).map(([name, { stages, ...rest }]) => ({
          name,
          ...rest,
          stages: formatSchedule(stages),
        })),
        table: table ? { source: table.source, checksum: table.checksum } : null,
      };
      if (options.json) return console.log(JSON.stringify(facts));
      console.log(
        `Node      ${facts.node} on ${facts.machine.cores} x ${facts.machine.cpu}, ${facts.machine.memoryGiB} GiB`,
      );
      console.log(`backend   ${backend.engine}, ${backend.threads} thread(s): ${backend.reason}`);
      console.log(`data      ${dataset.title} from ${dataset.source}`);
      for (const note of dataset.notes) console.log(`          ${note}`);
      console.log(
        `table     ${table ? table.source : 'none: searches run, but their architectures have no benchmark accuracy'}`,
      );
      console.log('schedules for --progressive (k:operations:epochs:frozen epochs of each stage)');
      for (const { name, stages, source, unverified } of facts.schedules)
        console.log(`          ${name.padEnd(28)} ${stages}  ${source}${unverified ? ' (unverified)' : ''}`);
    });
}
