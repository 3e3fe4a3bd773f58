// The command `drnas` and its subcommands.
import { Command } from 'commander';
import { benchmarkCommand } from './cli/benchmark.js';
import { dataCommand } from './cli/data.js';
import { drawCommand } from './cli/draw.js';
import { evaluateCommand } from './cli/evaluate.js';
import { exportCommand } from './cli/export.js';
import { forensicsCommand } from './cli/forensics.js';
import { genotypeCommand } from './cli/genotype.js';
import { hessianCommand } from './cli/hessian.js';
import { infoCommand } from './cli/info.js';
import { lookupCommand } from './cli/lookup.js';
import { memoryCommand } from './cli/memory.js';
import { predictCommand } from './cli/predict.js';
import { rankCommand } from './cli/rank.js';
import { rivalCommand } from './cli/rival.js';
import { searchCommand } from './cli/search.js';
import { seedsCommand } from './cli/seeds.js';
import { storeCommand } from './cli/store.js';
import { studyCommand } from './cli/study.js';

const program = new Command('drnas')
  .description(
    'DrNAS (Dirichlet Neural Architecture Search, ICLR 2021): search, look up and draw architectures.',
  )
  .showHelpAfterError('(add --help for what there is)')
  .addHelpText(
    'after',
    `
Start here:
  drnas info                                 which backend, data set and table this machine has
  drnas search --scale smoke --out runs/a    a search in seconds, to see that all works
  drnas search --scale laptop --out runs/b   a search in minutes on real images
  drnas evaluate --genotype DrNAS_cifar10 --scale smoke   a found network trained from scratch
  drnas draw 9930 --out cell                 the paper's cell as cell.svg and cell.png`,
  );
for (const command of [
  searchCommand(),
  seedsCommand(),
  rivalCommand(),
  studyCommand(),
  lookupCommand(),
  benchmarkCommand(),
  forensicsCommand(),
  drawCommand(),
  dataCommand(),
  infoCommand(),
  memoryCommand(),
  evaluateCommand(),
  predictCommand(),
  exportCommand(),
  genotypeCommand(),
  rankCommand(),
  hessianCommand(),
  storeCommand(),
])
  program.addCommand(command);

program.parseAsync().catch((error: Error) => {
  console.error(`drnas: ${error.message}`);
  if (process.env.DRNAS_DEBUG) console.error(error.stack);
  process.exitCode = error.name === 'AbortError' ? 130 : 1;
});
