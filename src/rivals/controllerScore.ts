// The score of ENAS's controller: the gradient of an architecture's log-likelihood, by backpropagation through the LSTM.
import { type Controller, GATES, layout, runController } from './controller.js';

/** The gradient of ln p(picks) in the controller's numbers, by backpropagation through its six steps. */
export function controllerScore(controller: Controller, picks: readonly number[]): Float64Array {
  const { shape, values } = controller;
  const { hidden, layers, temperature, tanhConstant } = shape;
  const { start, embedding, cells, out, outBias } = layout(shape);
  const tape = runController(controller, (_, edge) => picks[edge]);
  const gradient = new Float64Array(values.length);
  let dh = Array.from({ length: layers }, () => new Float64Array(hidden));
  let dc = Array.from({ length: layers }, () => new Float64Array(hidden));
  for (let t = tape.length - 1; t >= 0; t--) {
    const { cells: steps, top, squashed, probabilities, pick } = tape[t];
    probabilities.forEach((p, o) => {
      const slope = ((o === pick ? 1 : 0) - p) * tanhConstant * ((1 - squashed[o] ** 2) / temperature);
      gradient[outBias + o] += slope;
      for (let j = 0; j < hidden; j++) {
        gradient[out + o * hidden + j] += slope * top[j];
        dh[layers - 1][j] += slope * values[out + o * hidden + j];
      }
    });
    const dhBefore = dh.map(() => new Float64Array(hidden));
    const dcBefore = dc.map(() => new Float64Array(hidden));
    for (let l = layers - 1; l >= 0; l--) {
      const { input, hBefore, cBefore, gates, tanhC } = steps[l];
      const { weights, bias } = cells[l];
      const slopes = new Float64Array(GATES * hidden);
      for (let j = 0; j < hidden; j++) {
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gates[gate * hidden + j]);
        const inC = dc[l][j] + dh[l][j] * o * (1 - tanhC[j] ** 2);
        slopes[j] = inC * g * i * (1 - i);
        slopes[hidden + j] = inC * cBefore[j] * f * (1 - f);
        slopes[2 * hidden + j] = inC * i * (1 - g * g);
        slopes[3 * hidden + j] = dh[l][j] * tanhC[j] * o * (1 - o);
        dcBefore[l][j] = inC * f;
      }
      const below = new Float64Array(hidden);
      for (let r = 0; r < slopes.length; r++) {
        const row = weights + r * 2 * hidden;
        gradient[bias + r] += slopes[r];
        for (let j = 0; j < hidden; j++) {
          gradient[row + j] += slopes[r] * input[j];
          gradient[row + hidden + j] += slopes[r] * hBefore[j];
          below[j] += slopes[r] * values[row + j];
          dhBefore[l][j] += slopes[r] * values[row + hidden + j];
        }
      }
      // What a cell reads is the state of the cell below or, at the bottom, what was picked before.
      if (l > 0) for (let j = 0; j < hidden; j++) dh[l - 1][j] += below[j];
      else {
        const read = t === 0 ? start : embedding + tape[t - 1].pick * hidden;
        for (let j = 0; j < hidden; j++) gradient[read + j] += below[j];
      }
    }
    dh = dhBefore;
    dc = dcBefore;
  }
  return gradient;
}
