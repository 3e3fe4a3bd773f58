// ENAS's controller: an LSTM that names one operation an edge, each knowing those before; its samples and their likelihood.
import { softmax } from '../distributions/softmax.js';
import type { Stream } from '../random/stream.js';
import { EDGES, OPERATIONS } from '../spaces/nasbench201/operations.js';
import { drawOne } from './policy.js';

/** Sizes and the two constants that keep the logits small: logits = tanhConstant * tanh(output / temperature). */
export interface ControllerShape {
  hidden: number;
  layers: number;
  temperature: number;
  tanhConstant: number;
}

/** As NAS-Bench-201's controller (AutoDL-Projects, lib/models/cell_searchs/search_model_enas_utils.py:13-33). */
export const CONTROLLER: ControllerShape = { hidden: 32, layers: 2, temperature: 5, tanhConstant: 2.5 };

/** All its numbers in one array: one optimiser state, one array in a checkpoint. */
export interface Controller {
  shape: ControllerShape;
  values: Float64Array;
}

const CHOICES = OPERATIONS.length;
export const GATES = 4; // input, forget, candidate, output

/** Where each matrix begins. A cell's matrix is [4 hidden, 2 hidden]: of its input, then of its own last state. */
export function layout({ hidden, layers }: ControllerShape) {
  let at = 0;
  const take = (count: number) => {
    at += count;
    return at - count;
  };
  return {
    start: take(hidden),
    embedding: take(CHOICES * hidden),
    cells: Array.from({ length: layers }, () => ({
      weights: take(GATES * hidden * 2 * hidden),
      bias: take(GATES * hidden),
    })),
    out: take(CHOICES * hidden),
    outBias: take(CHOICES),
    size: at,
  };
}

/** Every number uniform in (-scale, scale), but the biases, which begin at 0. */
export function createController(
  stream: Stream,
  shape: ControllerShape = CONTROLLER,
  scale = 0.1,
): Controller {
  for (const [name, value] of Object.entries(shape)) {
    if (
      !(value > 0 && Number.isFinite(value)) ||
      (['hidden', 'layers'].includes(name) && !Number.isInteger(value))
    )
      throw new Error(`the controller's ${name} is ${value}, expected a positive number`);
  }
  const { cells, outBias, size } = layout(shape);
  const values = Float64Array.from({ length: size }, () => scale * (2 * stream.uniform() - 1));
  for (const { bias } of cells) values.fill(0, bias, bias + GATES * shape.hidden);
  values.fill(0, outBias, outBias + CHOICES);
  return { shape, values };
}

interface CellTape {
  input: Float64Array;
  hBefore: Float64Array;
  cBefore: Float64Array;
  /** Activated gates, [4 hidden]. */
  gates: Float64Array;
  tanhC: Float64Array;
}

interface StepTape {
  cells: CellTape[];
  /** The top layer's state, and the tanh of the squashed outputs. */
  top: Float64Array;
  squashed: number[];
  probabilities: number[];
  pick: number;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Runs the controller and keeps what its gradient needs; `choose` names each edge's operation from its probabilities. */
export function runController(
  { shape, values }: Controller,
  choose: (probabilities: number[], edge: number) => number,
): StepTape[] {
  const { hidden, layers, temperature, tanhConstant } = shape;
  const { start, embedding, cells, out, outBias } = layout(shape);
  const state = Array.from({ length: layers }, () => ({
    h: new Float64Array(hidden),
    c: new Float64Array(hidden),
  }));
  let input = values.subarray(start, start + hidden);
  return EDGES.map((_, edge) => {
    let x: Float64Array = input;
    const tapes = cells.map(({ weights, bias }, l) => {
      const { h: hBefore, c: cBefore } = state[l];
      const gates = new Float64Array(GATES * hidden);
      for (let r = 0; r < gates.length; r++) {
        const row = weights + r * 2 * hidden;
        let sum = values[bias + r];
        for (let j = 0; j < hidden; j++)
          sum += values[row + j] * x[j] + values[row + hidden + j] * hBefore[j];
        gates[r] = r >= 2 * hidden && r < 3 * hidden ? Math.tanh(sum) : sigmoid(sum);
      }
      const c = Float64Array.from(
        cBefore,
        (before, j) => gates[hidden + j] * before + gates[j] * gates[2 * hidden + j],
      );
      const tanhC = c.map(Math.tanh);
      const h = tanhC.map((t, j) => gates[3 * hidden + j] * t);
      const tape: CellTape = { input: x, hBefore, cBefore, gates, tanhC };
      state[l] = { h, c };
      x = h;
      return tape;
    });
    const squashed = Array.from({ length: CHOICES }, (_, o) => {
      let sum = values[outBias + o];
      for (let j = 0; j < hidden; j++) sum += values[out + o * hidden + j] * x[j];
      return Math.tanh(sum / temperature);
    });
    const probabilities = Array.from(softmax(squashed.map((s) => tanhConstant * s)));
    const pick = choose(probabilities, edge);
    input = values.subarray(embedding + pick * hidden, embedding + (pick + 1) * hidden);
    return { cells: tapes, top: x, squashed, probabilities, pick };
  });
}

const logLikelihood = (tape: readonly StepTape[]): number =>
  tape.reduce((sum, { probabilities, pick }) => sum + Math.log(probabilities[pick]), 0);

/** One architecture as operations' numbers, one an edge, and ln of its probability. */
export function drawArchitecture(
  controller: Controller,
  stream: Stream,
): { picks: number[]; logProbability: number } {
  const tape = runController(controller, (probabilities) => drawOne(probabilities, stream));
  return { picks: tape.map(({ pick }) => pick), logProbability: logLikelihood(tape) };
}

/** ln of an architecture's probability. */
export const logProbability = (controller: Controller, picks: readonly number[]): number =>
  logLikelihood(runController(controller, (_, edge) => picks[edge]));
