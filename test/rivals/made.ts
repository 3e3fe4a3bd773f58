// A made-up sight of the table and made-up reports, for tests without the real one.
import type { Reports, Sight } from '../../src/rivals/sight.js';
import { allArchitectures } from '../../src/spaces/nasbench201/officialOrder.js';
import { OPERATIONS, type Operation } from '../../src/spaces/nasbench201/operations.js';

/** What an operation brings to the made-up validation accuracy on each of six edges, in points. */
const WORTH: Record<Operation, number> = {
  none: 0,
  skip_connect: 2,
  nor_conv_1x1: 3,
  nor_conv_3x3: 5,
  avg_pool_3x3: 1,
};

const architectures = allArchitectures();
/** Additive in the edges, the later ones worth a little more; many architectures tie. */
const validationOf = (index: number) =>
  50 + architectures[index].reduce((sum, operation, e) => sum + WORTH[operation] * (e < 3 ? 1 : 1.25), 0);

/** Seconds of a training: 10 and another 5 for each convolution. */
const secondsOf = (index: number) =>
  10 + 5 * architectures[index].filter((o) => o.startsWith('nor_conv')).length;

export const madeSight = (): Sight => ({
  searchOn: 'cifar10',
  epochs: 12,
  validation: Float64Array.from(architectures, (_, i) => validationOf(i)),
  seconds: Float64Array.from(architectures, (_, i) => secondsOf(i)),
});

/** Reports that agree with the validation only roughly. */
export function madeReports(): Reports {
  const of = (scale: number) => ({
    valid: Float64Array.from(architectures, (_, i) => scale * validationOf(i)),
    test: Float64Array.from(architectures, (_, i) => scale * (validationOf(i) + ((i * 37) % 11) - 5)),
  });
  return { cifar10: of(1), cifar100: of(0.75), imagenet16: of(0.5) };
}

/** Operations' numbers of an official index. */
export const picksAt = (index: number): number[] => architectures[index].map((o) => OPERATIONS.indexOf(o));
