// The architectures that `drnas evaluate` is asked to train.
import { namedArchitecture } from '../evaluation/named.js';
import type { FoundArchitecture } from '../evaluation/network.js';

export interface ArchitectureOptions {
  genotype?: string[];
  architecture?: string[];
  name?: string;
}

/** The architectures that the options ask for, all of one space, at least one. */
export function architecturesOf(options: ArchitectureOptions): FoundArchitecture[] {
  const all = [
    ...(options.genotype ?? []).map((text) => namedArchitecture(text, 'darts', options.name)),
    ...(options.architecture ?? []).map((text) => namedArchitecture(text, 'nasbench201', options.name)),
  ];
  if (all.length === 0)
    throw new Error(
      'no architecture: add --genotype DrNAS_cifar10, or --architecture with a NAS-Bench-201 cell',
    );
  if (options.name !== undefined && all.length > 1)
    throw new Error(
      '--name names a single architecture; several get their names from files or published names',
    );
  if (new Set(all.map(({ space }) => space)).size > 1)
    throw new Error('architectures of two spaces cannot be compared under equal settings: give those of one');
  return all;
}
