// Draws a theta that no tape remembers, to hand to passes or to look at.
import * as tf from '@tensorflow/tfjs';
import type { Draw } from '../../src/search/samplers/sampler.js';
import type { SearchState } from '../../src/search/state.js';
import { type DrawnTheta, drawTheta, matricesOf } from '../../src/search/theta.js';

/** The caller disposes the matrices. */
export function drawConstantTheta(state: SearchState, draw: Draw): DrawnTheta {
  let drawn!: DrawnTheta;
  tf.tidy(() => {
    drawn = drawTheta(state, draw);
    return matricesOf(drawn.theta);
  });
  return drawn;
}
