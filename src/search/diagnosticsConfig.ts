// What a search measures beside itself after some of its epochs: the configuration of the diagnostics.
import { SAMPLERS, type SamplerName } from './samplers/traits.js';

export const DIAGNOSTICS = ['ranking', 'hessian', 'gradient-variance'] as const;
export type DiagnosticName = (typeof DIAGNOSTICS)[number];

/** Nothing of it changes what the search computes; entropy, concentrations and the accuracy band are there without it. */
export interface DiagnosticsConfig {
  /**
   * `ranking`: all 15,625 architectures by the supernet (NAS-Bench-201, minutes at laptop scale). `hessian`: all eigenvalues
   * of the architecture Hessian, in the DARTS space the dominant one. `gradient-variance`: scatter of alpha's gradient over draws.
   */
  which: DiagnosticName[];
  /** After every so many epochs, and after the last. */
  every: number;
  /** Images of the alpha half they look at: the first ones, unaugmented; a multiple of the batch size. */
  images: number;
  /** Images that batch norms normalise over. Default: the search's batch size. */
  batchSize?: number;
  /** Draws of theta for the gradient's variance, on the first batch. Default 64. */
  draws?: number;
}

export const DEFAULT_DRAWS = 64;

/** Refuses diagnostics that cannot be, with a sentence that says what would do. */
export function checkDiagnostics(
  value: DiagnosticsConfig,
  search: { space?: string; batchSize: number; sampler: SamplerName },
): void {
  const wrong = (name: string, given: unknown, expected: string): never => {
    throw new Error(`diagnostics: ${name} is ${JSON.stringify(given)}, expected ${expected}`);
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(
      `diagnostics is ${JSON.stringify(value)}, expected {"which": ["ranking"], "every": 10, "images": 256}`,
    );
  const known = ['which', 'every', 'images', 'batchSize', 'draws'];
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new Error(`diagnostics: ${unknown} does not exist: use ${known.join(', ')}`);
  const { which, every, images, batchSize = search.batchSize, draws = DEFAULT_DRAWS } = value;
  if (!Array.isArray(which) || which.length === 0 || which.some((name) => !DIAGNOSTICS.includes(name)))
    wrong('which', which, `some of ${DIAGNOSTICS.join(', ')}`);
  const whole = (name: string, n: number, least: number) => {
    if (!Number.isInteger(n) || n < least) wrong(name, n, `an integer of at least ${least}`);
  };
  whole('every', every, 1);
  whole('batchSize', batchSize, 2);
  whole('draws', draws, 2);
  whole('images', images, batchSize);
  if (images % batchSize !== 0) wrong('images', images, `a multiple of the batch size ${batchSize}`);
  if (which.includes('gradient-variance') && SAMPLERS[search.sampler].gradient === 'none')
    wrong(
      'which',
      which,
      `no gradient-variance with the sampler ${search.sampler}, with which alpha does not learn`,
    );
  if (which.includes('ranking') && search.space === 'darts')
    wrong('which', which, 'no ranking in the space darts, which has about 10^18 architectures');
}

/** Whether they are due after that many of all epochs. */
export const diagnosticsDue = ({ every }: DiagnosticsConfig, epoch: number, epochs: number): boolean =>
  epoch % every === 0 || epoch === epochs;
