// `drnas store`: finished runs made small, to be kept with the repository.
import { Command } from 'commander';
import { storeRun } from '../search/storeRun.js';

export function storeCommand(): Command {
  return new Command('store')
    .description('copy manifest, result and epoch metrics of finished runs, without steps and weights')
    .argument('<run...>', 'run folders of drnas search, evaluate or rival')
    .requiredOption('--to <folder>', 'where a folder of each run’s name is made')
    .addHelpText(
      'after',
      '\nExample:\n  drnas store runs/my-search --to figures/my-study/runs\n\nA stored run is read like the run itself, and is some tens of kilobytes.',
    )
    .action((runs: string[], { to }: { to: string }) => {
      for (const run of runs) console.log(storeRun(run, to));
    });
}
