// `drnas hessian`: curvature of the validation loss in the architecture parameters of a run.
import { Command, Option } from 'commander';
import { type Preference, preferences } from '../backend/choose.js';
import {
  type ArchitectureHessian,
  architectureHessian,
  type DominantEigenvalues,
  dominantEigenvalues,
  type HessianVariable,
} from '../diagnostics/architectureHessian.js';
import { checkImages, fixedBatches } from '../diagnostics/batches.js';
import { checkRun, openRun } from '../diagnostics/open.js';
import { createStream } from '../random/stream.js';
import { writeJson } from '../search/folder.js';
import { disposeSearchState } from '../search/state.js';
import { checkOutput } from './rank.js';
import { integer, number } from './parsers.js';

interface Options {
  variable: HessianVariable;
  method?: 'all' | 'dominant';
  images: number;
  batchSize: number;
  weightDecay: number;
  step?: number;
  initial?: boolean;
  json?: string;
  force?: boolean;
  backend?: Preference;
  threads?: number;
  dataFolder?: string;
}

export function hessianCommand(): Command {
  return new Command('hessian')
    .description("eigenvalues of the validation loss's Hessian in the architecture parameters of a search")
    .argument('<run>', 'folder of a search')
    .addOption(
      new Option('--variable <name>', 'mu: softmax basis of proposition 1; alpha: the free parameters')
        .choices(['mu', 'alpha'])
        .default('mu'),
    )
    .addOption(
      new Option(
        '--method <name>',
        'all eigenvalues by differences, or the dominant ones by Lanczos (default: all on nasbench201, dominant on darts)',
      ).choices(['all', 'dominant']),
    )
    .option('--images <n>', 'images of the alpha half', integer, 256)
    .option('--batch-size <n>', 'images that batch norms normalise over', integer, 64)
    .option('--weight-decay <x>', "added to the diagonal, as the field's tools do with alpha's", number, 0)
    .option('--step <x>', 'step of the differences (default: by a convergence check)', number)
    .option('--initial', 'the supernet before its first step')
    .option('--json <file>', 'write everything, the matrix too')
    .option('--force', 'overwrite that file')
    .addOption(new Option('--backend <name>', 'what computes').choices([...preferences]))
    .option('--threads <n>', 'threads of the CPU backend', integer)
    .option('--data-folder <path>', 'folder that holds the data set')
    .action(async (folder: string, options: Options) => {
      const { images, batchSize, json, force, initial, step, variable, weightDecay } = options;
      checkOutput(json, force);
      const config = checkRun(folder, { initial });
      checkImages(images, batchSize, Number.POSITIVE_INFINITY, folder);
      if (step !== undefined && !(step > 0)) throw new Error(`--step ${step}: expected a number above 0`);
      const { backend, threads, dataFolder } = options;
      const log = (line: string) => console.error(line);
      const run = await openRun(folder, { initial, backend, threads, dataFolder, log });
      const batches = fixedBatches(run.dataset, images, batchSize);
      const begun = performance.now();
      const method = options.method ?? (config.space === 'darts' ? 'dominant' : 'all');
      const settings = {
        variable,
        weightDecay,
        step,
        stream: createStream('hessian', run.digest),
      };
      const measure = method === 'all' ? architectureHessian : dominantEigenvalues;
      const result = measure(run.state, batches, settings);
      const seconds = (performance.now() - begun) / 1000;
      disposeSearchState(run.state);
      if (json)
        writeJson(json, {
          run: folder,
          digest: run.digest,
          initial: Boolean(initial),
          batchSize,
          seconds,
          ...result,
        });
      console.log(
        `Hessian in ${variable}, ${result.size} parameters, ${images} images in batches of ${batchSize}, weight decay ${weightDecay}: ` +
          `step ${result.step}, ${result.gradients} gradients, ${seconds.toFixed(1)} s`,
      );
      for (const line of 'eigenvalues' in result ? spectrumLines(result) : dominantLines(result))
        console.log(line);
    });
}

const short = (x: number) => x.toPrecision(4);

const spectrumLines = ({ eigenvalues, trace, error, asymmetry }: ArchitectureHessian): string[] => [
  `dominant eigenvalue ${short(eigenvalues[0])}, smallest ${short(eigenvalues[eigenvalues.length - 1])}, trace ${short(trace)}`,
  `error by the asymmetry of the differences: ${short(error)} (${(100 * asymmetry).toFixed(2)} % of the matrix)`,
  `all: ${eigenvalues.map(short).join(' ')}`,
];

const dominantLines = ({ largest, smallest, residuals, iterations }: DominantEigenvalues): string[] => [
  `dominant eigenvalue ${short(largest)} (within ${short(residuals.largest)}), smallest ${short(smallest)} (within ${short(residuals.smallest)}), ${iterations} iterations`,
];
