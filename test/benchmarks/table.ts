// A made-up NAS-Bench-201 table with every architecture of the space, for tests without the real one.

import { formatArchitecture } from '../../src/spaces/nasbench201/architecture.js';
import { allArchitectures } from '../../src/spaces/nasbench201/officialOrder.js';

/** All 15,625 texts in the official order, which a table has to have. */
export const ALL_TEXTS: readonly string[] = allArchitectures().map(formatArchitecture);

/** Made-up accuracies, with ties: [cifar10, cifar100, imagenet16]. */
export function madeUp(text: string): [number, number, number] {
  const count = (name: string) => text.split(name).length - 1;
  const base = 10 + 12 * count('nor_conv_3x3') + 9 * count('nor_conv_1x1') - 1.5 * count('none');
  return [Math.max(10, base), Math.max(1, base * 0.75), Math.max(1, base / 2 + count('skip_connect'))];
}

export const HEADER =
  'index,arch,extra,n_seeds_e200,c10_test_e200,c100_xtest_e200,in16_xtest_e200,params_c10';

/** The rows of the table: row r holds index (r * 7) mod 15,625, so that they are not sorted. */
export function madeUpRows(): string[] {
  return ALL_TEXTS.map((_, r) => {
    const index = (r * 7) % ALL_TEXTS.length;
    const text = ALL_TEXTS[index];
    const params = 73_306 + 243_000 * (text.split('nor_conv_3x3').length - 1);
    return [index, text, '', 2 + (index % 2), ...madeUp(text), params].join(',');
  });
}
