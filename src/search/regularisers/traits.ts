// The regularisers by name, with what checks and the command line must know of each without running it.

export type RegulariserName = 'none' | 'l2' | 'kl' | 'l2-beta' | 'norm-beta' | 'kl-joint' | 'entropy';

/** Each name with a line for the command line, and whether it is about concentrations, which only Dirichlet samplers have. */
export const REGULARISERS: Readonly<Record<RegulariserName, { ofBeta: boolean; summary: string }>> = {
  none: { ofBeta: false, summary: 'no anchor' },
  l2: { ofBeta: false, summary: 'the official code: weight decay of alpha by Adam' },
  kl: { ofBeta: true, summary: 'KL(Dir(beta) || Dir(1)), summed over edges' },
  'l2-beta': { ofBeta: true, summary: '||beta - 1||^2, as the paper has it (unverified)' },
  'norm-beta': { ofBeta: true, summary: '||beta - 1||, not squared' },
  'kl-joint': { ofBeta: true, summary: 'KL of one Dirichlet over all edges, as NASLib' },
  entropy: { ofBeta: false, summary: 'ln K less the entropy of the expected mixture' },
};

export const REGULARISER_NAMES = Object.keys(REGULARISERS) as RegulariserName[];
