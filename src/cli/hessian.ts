// `drnas hessian`: curvature of the validation loss in the architecture parameters of a run.
import { Command, Option } from 'commander';
import {
  type ArchitectureHessian,
  architectureHessian,
  type DominantEigenvalues,
  dominantEigenvalues,
  type HessianVariable,
} from '../diagnostics/architectureHessian.js';
import { createStream } from '../random/stream.js';
import { writeJson } from '../search/folder.js';
import { checkDiagnosis, type DiagnosisOptions, diagnose, diagnosisOptions } from './diagnosis.js';
import { number } from './parsers.js';

interface Options extends DiagnosisOptions {
  variable: HessianVariable;
  method?: 'all' | 'dominant';
  weightDecay: number;
  step?: number;
}

export function hessianCommand(): Command {
  const command = new Command('hessian').description(
    "eigenvalues of the validation loss's Hessian in the architecture parameters of a search",
  );
  return diagnosisOptions(command, { images: 256, json: 'write everything, the matrix too' })
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
    .option('--weight-decay <x>', "added to the diagonal, as the field's tools do with alpha's", number, 0)
    .option('--step <x>', 'step of the differences (default: by a convergence check)', number)
    .action(async (folder: string, options: Options) => {
      const { images, batchSize, json, step, variable, weightDecay } = options;
      const { space } = checkDiagnosis(folder, options);
      if (step !== undefined && !(step > 0)) throw new Error(`--step ${step}: expected a number above 0`);
      const method = options.method ?? (space === 'darts' ? 'dominant' : 'all');
      const measure = method === 'all' ? architectureHessian : dominantEigenvalues;
      const { found, facts } = await diagnose(folder, options, ({ state, digest }, batches) =>
        measure(state, batches, { variable, weightDecay, step, stream: createStream('hessian', digest) }),
      );
      if (json) writeJson(json, { ...facts, ...found });
      console.log(
        `Hessian in ${variable}, ${found.size} parameters, ${images} images in batches of ${batchSize}, weight decay ${weightDecay}: ` +
          `step ${found.step}, ${found.gradients} gradients, ${facts.seconds.toFixed(1)} s`,
      );
      for (const line of 'eigenvalues' in found ? spectrumLines(found) : dominantLines(found))
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
