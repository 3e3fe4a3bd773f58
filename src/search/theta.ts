// Draws what a forward pass mixes by: one theta or one a search cell, times the edges' shares, and the operations that run.
import * as tf from '@tensorflow/tfjs';
import type { OperationMask, SpaceForwardOptions, Theta } from '../spaces/space.js';
import { edgeWeights } from './edgeWeights.js';
import type { Draw } from './samplers/sampler.js';
import { alphaRows, type SearchState } from './state.js';

export interface DrawnTheta {
  theta: Theta;
  mask: SpaceForwardOptions['mask'];
  /** The mask leaves out operations for this pass alone. */
  keepSkipped: boolean;
  /** Of a score-function sampler: d ln p(theta | alpha) / d alpha, like alpha, row-major. */
  score?: Float64Array;
}

/**
 * The thetas of one forward pass, on the tape of whoever calls. One matrix for all cells takes its noise from `draw.stream`; the
 * matrix of search cell i from `draw.stream.split('cell', i)`, and it has the rows of alpha that the cell uses.
 * An operation whose weight is exactly 0 does not run, as in the reference (DARTS-space/model_search.py:52).
 */
export function drawTheta(state: SearchState, draw: Draw): DrawnTheta {
  const { alpha, edges, sampler, space } = state;
  const perCell = state.drawing.thetaPer === 'cell';
  const [rows, operations] = alpha.shape;
  const ranges = perCell ? space.cellRows(state.net) : [{ start: 0, count: rows }];
  const shares = edges && edgeWeights(edges, space.edgeGroups);
  const score = sampler.scored && new Float64Array(rows * operations);
  const parts = ranges.map(({ start, count }, i) => {
    const whole = count === rows;
    const own: Draw = {
      ...draw,
      stream: perCell ? draw.stream.split('cell', i) : draw.stream,
      mask: whole ? draw.mask : draw.mask?.slice(start, start + count),
      theta: whole ? draw.theta : draw.theta?.slice(start, start + count),
    };
    if (sampler.scored && score) {
      const drawn = sampler.scored(alphaRows(state).slice(start, start + count), own);
      own.theta = drawn.theta;
      drawn.score.forEach((row, e) => {
        row.forEach((s, o) => {
          score[(start + e) * operations + o] += s;
        });
      });
    }
    const theta = sampler.sample(whole ? alpha : alpha.slice([start, 0], [count, -1]), own);
    const mask = sampler.oneHot ? Array.from(theta.dataSync(), (t) => (t === 0 ? 0 : 1)) : own.mask?.flat();
    const mixed = shares ? tf.mul<tf.Tensor2D>(theta, shares.slice([start, 0], [count, 1])) : theta;
    return { theta: mixed, mask };
  });
  return {
    theta: perCell ? parts.map(({ theta }) => theta) : parts[0].theta,
    mask: perCell ? masksOf(parts) : parts[0].mask,
    keepSkipped: sampler.oneHot,
    ...(score ? { score } : {}),
  };
}

/** The matrices of a theta. */
export const matricesOf = (theta: Theta): tf.Tensor2D[] => [theta].flat() as tf.Tensor2D[];

const masksOf = (parts: { mask?: OperationMask }[]): OperationMask[] | undefined =>
  parts.every(({ mask }) => mask) ? parts.map(({ mask }) => mask!) : undefined;
