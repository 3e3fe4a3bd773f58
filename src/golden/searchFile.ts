// What `*_search_*` and `*_progressive_*` hold, and the configuration that repeats them.
import { REFERENCE, type SearchConfig } from '../search/config.js';
import { REFERENCE_DARTS } from '../search/presets.js';
import type { GoldenTensor } from './file.js';

export interface SearchGolden {
  space: '201' | 'darts';
  C: number;
  /** Cells a stage of NAS-Bench-201; all cells of the DARTS space. */
  N: number;
  /** k and operations kept of each stage. */
  ks: number[];
  keeps: number[];
  regulariser: 'l2' | 'kl';
  regScale: number;
  sgd: { lr: number; momentum: number; weightDecay: number; clipNorm: number; clipIncludesAlpha: boolean };
  adam: { lr: number; betas: [number, number]; eps: number; weightDecay: number };
  initialParams: Record<string, GoldenTensor>;
  /** One matrix, or those of the normal and the reduction cell. */
  initialAlpha: GoldenTensor[];
  buffersBefore: Record<string, GoldenTensor>;
  steps: {
    /** From 0; absent where there is one. */
    stage?: number;
    xTrain: GoldenTensor;
    yTrain: number[];
    xValid: GoldenTensor;
    yValid: number[];
    /** Rows as drawn, before any mask. */
    thetaValid: number[][];
    thetaTrain: number[][];
    lossValid: number;
    gradAlpha: GoldenTensor[];
    alphaAfter: GoldenTensor[];
    lossTrain: number;
    logitsTrain: GoldenTensor;
    gradNorm: number;
  }[];
  stageBoundaries?: {
    afterStage: number;
    keep: number;
    k: number;
    /** The copied channels of each draw, in the official call order. */
    randomIndices: number[][];
    masks: boolean[][][];
    alphaAfter: GoldenTensor[];
    paramsAfter: Record<string, GoldenTensor>;
  }[];
  finalParams: Record<string, GoldenTensor>;
  finalBuffers: Record<string, GoldenTensor>;
  genotype: string;
}

/** Several matrices below one another, as this kit keeps them. */
export const stacked = (matrices: GoldenTensor[]): number[] => matrices.flatMap(({ data }) => data);

/** The configuration of the recorded search (of its first stage). */
export function configOfGolden(golden: SearchGolden): SearchConfig {
  const darts = golden.space === 'darts';
  return {
    ...(darts ? { ...REFERENCE_DARTS, cells: golden.N } : { ...REFERENCE, cellsPerStage: golden.N }),
    channels: golden.C,
    k: golden.ks[0],
    stages: null,
    imageSize: golden.steps[0].xTrain.shape[2],
    momentum: golden.sgd.momentum,
    weightDecay: golden.sgd.weightDecay,
    clipNorm: golden.sgd.clipNorm,
    clipIncludesAlpha: golden.sgd.clipIncludesAlpha,
    alphaLearningRate: golden.adam.lr,
    alphaBetas: golden.adam.betas,
    regulariser: golden.regulariser,
    regulariserWeight: golden.regulariser === 'l2' ? golden.adam.weightDecay : golden.regScale,
  };
}
