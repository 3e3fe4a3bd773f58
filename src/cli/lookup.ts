// `drnas lookup`: what the NAS-Bench-201 table says about an architecture.
import { Command } from 'commander';
import { loadNasBench201 } from '../benchmarks/nasbench201.js';
import { lookUp } from '../search/evaluate.js';
import { canonicalForm, formatArchitecture, parseArchitecture } from '../spaces/nasbench201/architecture.js';
import { networkCost } from '../spaces/nasbench201/cost.js';
import { architectureAt, architectureIndex } from '../spaces/nasbench201/officialOrder.js';
import { describeLookUp } from './search.js';

/** An architecture given as text or as its official index. */
export function architectureOf(text: string) {
  return /^\d+$/.test(text) ? architectureAt(Number(text)) : parseArchitecture(text);
}

export function lookupCommand(): Command {
  return new Command('lookup')
    .description('index, cost and benchmark accuracies of an architecture')
    .argument('<architecture>', "its text, e.g. '|nor_conv_3x3~0|+|…', or its official index")
    .option('--table <file>', 'NAS-Bench-201 table (CSV, may be gzipped)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nIndex, canonical form and cost need no table; accuracies, rank and regret do.')
    .action(async (text: string, options: { table?: string; json?: boolean }) => {
      const architecture = architectureOf(text);
      const arch = formatArchitecture(architecture);
      const table = await loadNasBench201({ file: options.table, log: (line) => console.error(line) });
      const facts = {
        arch,
        index: architectureIndex(architecture),
        canonicalForm: canonicalForm(architecture),
        ...networkCost(architecture),
        lookup: table
          ? { ...lookUp(table, arch), trials: table.lookup(arch).trials, source: table.source }
          : null,
      };
      if (options.json) return console.log(JSON.stringify(facts));
      console.log(arch);
      console.log(`index ${facts.index} in the official order`);
      console.log(
        `${(facts.parameters / 1e6).toFixed(3)} M parameters, ${(facts.macs / 1e6).toFixed(1)} M multiply-adds on CIFAR-10`,
      );
      console.log(
        facts.lookup
          ? `${describeLookUp(facts.lookup)}; mean of ${facts.lookup.trials} trial(s), 200 epochs`
          : 'no table at hand',
      );
    });
}
