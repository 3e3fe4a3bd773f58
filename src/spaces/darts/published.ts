// Every genotype in the reference's file (DARTS-space/genotypes.py), and the two that it replaced, with where each was read.
import type { Genotype, GenotypeEdge } from './genotype.js';
import type { Operation } from './operations.js';

export interface PublishedGenotype {
  name: string;
  genotype: Genotype;
  /** File and lines, in github.com/xiangning-chen/DrNAS. */
  source: string;
  /** All were read in the repository: `file` as it is today, `history` in an earlier commit. */
  trust: 'file' | 'history';
  /** Whose cell it is and what it was found on. */
  about: string;
}

/** Edges written as `operation<node`, two for each node. */
const edges = (text: string): GenotypeEdge[] =>
  text
    .trim()
    .split(/\s+/)
    .map((edge) => {
      const [operation, source] = edge.split('<');
      return [operation as Operation, Number(source)];
    });

/** A genotype whose output are all four intermediate nodes. */
const darts = (normal: string, reduce: string): Genotype => ({
  normal: edges(normal),
  normalConcat: [2, 3, 4, 5],
  reduce: edges(reduce),
  reduceConcat: [2, 3, 4, 5],
});

const CURRENT = 'DARTS-space/genotypes.py';
/** The first commit's file; later ones replaced both genotypes. */
const INITIAL = 'DARTS-space/genotypes.py at commit b79609a';

/** In the file's order; baselines first. */
export const PUBLISHED: readonly PublishedGenotype[] = [
  {
    name: 'NASNet',
    genotype: {
      normal: edges(`sep_conv_5x5<1 sep_conv_3x3<0 sep_conv_5x5<0 sep_conv_3x3<0 avg_pool_3x3<1
        skip_connect<0 avg_pool_3x3<0 avg_pool_3x3<0 sep_conv_3x3<1 skip_connect<1`),
      normalConcat: [2, 3, 4, 5, 6],
      reduce: edges(`sep_conv_5x5<1 sep_conv_7x7<0 max_pool_3x3<1 sep_conv_7x7<0 avg_pool_3x3<1
        sep_conv_5x5<0 skip_connect<3 avg_pool_3x3<2 sep_conv_3x3<2 max_pool_3x3<1`),
      reduceConcat: [4, 5, 6],
    },
    source: `${CURRENT}:16-79`,
    trust: 'file',
    about: 'Zoph et al. 2018, reinforcement learning; five nodes a cell',
  },
  {
    name: 'AmoebaNet',
    genotype: {
      normal: edges(`avg_pool_3x3<0 max_pool_3x3<1 sep_conv_3x3<0 sep_conv_5x5<2 sep_conv_3x3<0
        avg_pool_3x3<3 sep_conv_3x3<1 skip_connect<1 skip_connect<0 avg_pool_3x3<1`),
      normalConcat: [4, 5, 6],
      reduce: edges(`avg_pool_3x3<0 sep_conv_3x3<1 max_pool_3x3<0 sep_conv_7x7<2 sep_conv_7x7<0
        avg_pool_3x3<1 max_pool_3x3<0 max_pool_3x3<1 conv_7x1_1x7<0 sep_conv_3x3<5`),
      reduceConcat: [3, 4, 6],
    },
    source: `${CURRENT}:16-79`,
    trust: 'file',
    about: 'Real et al. 2019, evolution; five nodes a cell',
  },
  {
    name: 'DARTS_V1',
    genotype: darts(
      `sep_conv_3x3<1 sep_conv_3x3<0 skip_connect<0 sep_conv_3x3<1
       skip_connect<0 sep_conv_3x3<1 sep_conv_3x3<0 skip_connect<2`,
      `max_pool_3x3<0 max_pool_3x3<1 skip_connect<2 max_pool_3x3<0
       max_pool_3x3<0 skip_connect<2 skip_connect<2 avg_pool_3x3<0`,
    ),
    source: `${CURRENT}:16-79`,
    trust: 'file',
    about: 'DARTS, first order, CIFAR-10',
  },
  {
    name: 'DARTS_V2',
    genotype: darts(
      `sep_conv_3x3<0 sep_conv_3x3<1 sep_conv_3x3<0 sep_conv_3x3<1
       sep_conv_3x3<1 skip_connect<0 skip_connect<0 dil_conv_3x3<2`,
      `max_pool_3x3<0 max_pool_3x3<1 skip_connect<2 max_pool_3x3<1
       max_pool_3x3<0 skip_connect<2 skip_connect<2 max_pool_3x3<1`,
    ),
    source: `${CURRENT}:16-79`,
    trust: 'file',
    about: 'DARTS, second order, CIFAR-10',
  },
  {
    name: 'PC_DARTS_cifar',
    genotype: darts(
      `sep_conv_3x3<1 skip_connect<0 sep_conv_3x3<0 dil_conv_3x3<1
       sep_conv_5x5<0 sep_conv_3x3<1 avg_pool_3x3<0 dil_conv_3x3<1`,
      `sep_conv_5x5<1 max_pool_3x3<0 sep_conv_5x5<1 sep_conv_5x5<2
       sep_conv_3x3<0 sep_conv_3x3<3 sep_conv_3x3<1 sep_conv_3x3<2`,
    ),
    source: `${CURRENT}:16-79`,
    trust: 'file',
    about: 'PC-DARTS, CIFAR-10',
  },
  {
    name: 'PC_DARTS_image',
    genotype: darts(
      `skip_connect<1 sep_conv_3x3<0 sep_conv_3x3<0 skip_connect<1
       sep_conv_3x3<1 sep_conv_3x3<3 sep_conv_3x3<1 dil_conv_5x5<4`,
      `sep_conv_3x3<0 skip_connect<1 dil_conv_5x5<2 max_pool_3x3<1
       sep_conv_3x3<2 sep_conv_3x3<1 sep_conv_5x5<0 sep_conv_3x3<3`,
    ),
    source: `${CURRENT}:16-79`,
    trust: 'file',
    about: 'PC-DARTS, ImageNet',
  },
  {
    name: 'DrNAS_cifar10',
    genotype: darts(
      `sep_conv_3x3<0 sep_conv_5x5<1 sep_conv_3x3<1 sep_conv_3x3<2
       skip_connect<0 sep_conv_3x3<1 sep_conv_3x3<2 dil_conv_5x5<3`,
      `max_pool_3x3<0 sep_conv_5x5<1 dil_conv_5x5<2 sep_conv_5x5<1
       sep_conv_5x5<1 dil_conv_5x5<3 skip_connect<4 sep_conv_5x5<1`,
    ),
    source: `${CURRENT}:82`,
    trust: 'file',
    about: 'DrNAS, CIFAR-10',
  },
  {
    name: 'DrNAS_imagenet',
    genotype: darts(
      `sep_conv_3x3<1 sep_conv_3x3<0 sep_conv_3x3<0 sep_conv_3x3<1
       sep_conv_3x3<0 dil_conv_3x3<3 skip_connect<0 sep_conv_3x3<1`,
      `max_pool_3x3<0 sep_conv_3x3<1 sep_conv_3x3<0 skip_connect<2
       sep_conv_3x3<0 sep_conv_3x3<2 sep_conv_3x3<3 sep_conv_3x3<1`,
    ),
    source: `${CURRENT}:83`,
    trust: 'file',
    about: 'DrNAS, ImageNet',
  },
  {
    name: 'DrNAS_cifar_initial',
    genotype: darts(
      `sep_conv_3x3<0 sep_conv_3x3<1 max_pool_3x3<0 sep_conv_5x5<1
       skip_connect<0 dil_conv_5x5<3 skip_connect<0 dil_conv_5x5<3`,
      `avg_pool_3x3<0 sep_conv_5x5<1 avg_pool_3x3<0 skip_connect<2
       avg_pool_3x3<0 sep_conv_5x5<2 avg_pool_3x3<0 sep_conv_3x3<3`,
    ),
    source: `${INITIAL} (there DrNAS_cifar)`,
    trust: 'history',
    about: 'DrNAS, CIFAR-10, superseded',
  },
  {
    name: 'DrNAS_imagenet_initial',
    genotype: darts(
      `sep_conv_3x3<1 sep_conv_3x3<0 sep_conv_3x3<0 sep_conv_3x3<2
       sep_conv_3x3<1 sep_conv_3x3<0 sep_conv_3x3<1 skip_connect<0`,
      `sep_conv_3x3<1 max_pool_3x3<0 sep_conv_3x3<2 sep_conv_3x3<0
       max_pool_3x3<2 sep_conv_3x3<0 sep_conv_3x3<1 sep_conv_3x3<3`,
    ),
    source: `${INITIAL} (there DrNAS_imagenet)`,
    trust: 'history',
    about: 'DrNAS, ImageNet, superseded',
  },
];
