// The settings of a search that are one of a few names: each list once, for the type, the check and the command line.
import type { SpaceName } from '../spaces/space.js';

export const SCALES = ['smoke', 'laptop', 'paper'] as const;
export type Scale = (typeof SCALES)[number];

export const SPACES: readonly SpaceName[] = ['nasbench201', 'darts'];

/** Of the DARTS space: one convolution, or three of stride 2. */
export const STEMS = ['cifar', 'imagenet'] as const;
export type Stem = (typeof STEMS)[number];

/** One theta for all cells of a forward pass, as the reference, or one drawn for each search cell. */
export const THETA_PER = ['network', 'cell'] as const;
export type ThetaPer = (typeof THETA_PER)[number];

/** From which expected weights the architecture is read. */
export const READOUTS = ['softmax', 'dirichlet-mean'] as const;
export type Readout = (typeof READOUTS)[number];

/** How weights grow between stages: the official mapping, function-preserving, or drawn anew. */
export const WIDENING_RULES = ['reference', 'net2net', 'reinitialise'] as const;
export type WideningRule = (typeof WIDENING_RULES)[number];
