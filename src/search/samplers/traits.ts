// The samplers by name, with what checks, the command line and the loop must know of each without running it.

export type SamplerName =
  | 'dirichlet'
  | 'dirichlet-score'
  | 'dirichlet-mean'
  | 'softmax'
  | 'gumbel-softmax'
  | 'gdas'
  | 'dsnas'
  | 'logistic-normal'
  | 'uniform-path';

export interface SamplerTraits {
  /** What alpha stands for: concentrations elu(alpha) + 1 of a Dirichlet an edge, or logits. */
  family: 'dirichlet' | 'softmax';
  /**
   * How alpha gets its gradient. pathwise: the derivative of theta itself; straight-through: that of a soft theta at the place
   * of the hard one; credit: each edge's own part of the loss times its score; score: the whole loss times the score;
   * none: alpha does not learn.
   */
  gradient: 'pathwise' | 'straight-through' | 'credit' | 'score' | 'none';
  /** Whether theta is drawn at all. */
  random: boolean;
  /** Theta is 1 for one operation an edge and 0 for the others, which are not computed. */
  oneHot: boolean;
  /** Theta depends on the temperature. */
  temperature: boolean;
  /** A line for the command line's help. */
  summary: string;
}

export const SAMPLERS: Readonly<Record<SamplerName, SamplerTraits>> = {
  dirichlet: {
    family: 'dirichlet',
    gradient: 'pathwise',
    random: true,
    oneHot: false,
    temperature: false,
    summary: 'the paper: a Dirichlet sample with its pathwise gradient',
  },
  'dirichlet-score': {
    family: 'dirichlet',
    gradient: 'score',
    random: true,
    oneHot: false,
    temperature: false,
    summary: 'the same sample with the score-function gradient (REINFORCE) and a baseline',
  },
  'dirichlet-mean': {
    family: 'dirichlet',
    gradient: 'pathwise',
    random: false,
    oneHot: false,
    temperature: false,
    summary: "the Dirichlet's mean, nothing drawn",
  },
  softmax: {
    family: 'softmax',
    gradient: 'pathwise',
    random: false,
    oneHot: false,
    temperature: false,
    summary: 'DARTS: softmax(alpha)',
  },
  'gumbel-softmax': {
    family: 'softmax',
    gradient: 'pathwise',
    random: true,
    oneHot: false,
    temperature: true,
    summary: 'SNAS: softmax of alpha plus Gumbel noise over a temperature',
  },
  gdas: {
    family: 'softmax',
    gradient: 'straight-through',
    random: true,
    oneHot: true,
    temperature: true,
    summary: 'GDAS: one operation an edge, straight-through Gumbel gradient',
  },
  dsnas: {
    family: 'softmax',
    gradient: 'credit',
    random: true,
    oneHot: true,
    temperature: false,
    summary: "DSNAS: one operation an edge, each edge's credit times its score",
  },
  'logistic-normal': {
    family: 'softmax',
    gradient: 'pathwise',
    random: true,
    oneHot: false,
    temperature: false,
    summary: 'softmax of alpha plus normal noise',
  },
  'uniform-path': {
    family: 'softmax',
    gradient: 'none',
    random: true,
    oneHot: true,
    temperature: false,
    summary: 'one uniformly drawn operation an edge, alpha does not learn (weights of random search)',
  },
};

export const SAMPLER_NAMES = Object.keys(SAMPLERS) as SamplerName[];
