// Adam with coupled weight decay, as PyTorch's, for the small matrix of architecture parameters.
import * as tf from '@tensorflow/tfjs';

export interface AdamOptions {
  /** Decay of the first and second moment. Default [0.5, 0.999], DrNAS's for alpha. */
  betas?: [number, number];
  /** Added to the root of the second moment. Default 1e-8. */
  epsilon?: number;
  /** Added to the gradient as weightDecay * parameter before the moments: the l2 anchor on alpha. Default 0. */
  weightDecay?: number;
}

export interface Adam {
  /** Updates the parameters in place by their gradients (same names). */
  update(params: Record<string, tf.Variable>, grads: Record<string, tf.Tensor>, rate: number): void;
  /** Per parameter: `NAME/first`, `NAME/second` (the moments) and `NAME/step` (one element). */
  exportState(): Record<string, Float64Array>;
  importState(state: Record<string, Float64Array>): void;
  dispose(): void;
}

/** What Adam remembers of one array of parameters. */
export interface Moments {
  step: number;
  first: Float64Array;
  second: Float64Array;
}

export const createMoments = (size: number): Moments => ({
  step: 0,
  first: new Float64Array(size),
  second: new Float64Array(size),
});

/**
 * One step of torch.optim.Adam on plain numbers, in place:
 *   g = grad + weightDecay * p;  m = b1*m + (1-b1)*g;  v = b2*v + (1-b2)*g^2
 *   p = p - rate/(1-b1^t) * m / (sqrt(v)/sqrt(1-b2^t) + epsilon)
 */
export function adamStep(
  p: Float32Array | Float64Array,
  gradient: ArrayLike<number>,
  moments: Moments,
  rate: number,
  { betas: [beta1, beta2] = [0.5, 0.999], epsilon = 1e-8, weightDecay = 0 }: AdamOptions = {},
): void {
  const { first, second } = moments;
  moments.step += 1;
  const size = rate / (1 - beta1 ** moments.step);
  const rootCorrection = Math.sqrt(1 - beta2 ** moments.step);
  for (let i = 0; i < p.length; i++) {
    const slope = gradient[i] + weightDecay * p[i];
    first[i] = beta1 * first[i] + (1 - beta1) * slope;
    second[i] = beta2 * second[i] + (1 - beta2) * slope * slope;
    p[i] -= (size * first[i]) / (Math.sqrt(second[i]) / rootCorrection + epsilon);
  }
}

/**
 * Adam for tensors. The arithmetic and the state are float64 on the host, the parameters stay float32 variables: alpha is 30 numbers,
 * and this way the same gradients give the same bits on every backend.
 */
export function createAdam(options: AdamOptions = {}): Adam {
  const state = new Map<string, Moments>();

  function momentsOf(name: string, size: number): Moments {
    let moments = state.get(name);
    if (!moments) {
      moments = createMoments(size);
      state.set(name, moments);
    }
    if (moments.first.length !== size) {
      throw new Error(`Adam's state of ${name} has ${moments.first.length} elements, the parameter ${size}`);
    }
    return moments;
  }

  function updateOne(name: string, parameter: tf.Variable, gradient: tf.Tensor, rate: number): void {
    const p = Float32Array.from(parameter.dataSync());
    adamStep(p, gradient.dataSync(), momentsOf(name, p.length), rate, options);
    tf.tidy(() => parameter.assign(tf.tensor(p, parameter.shape)));
  }

  return {
    update(params, grads, rate) {
      for (const [name, gradient] of Object.entries(grads)) {
        if (!params[name]) throw new Error(`there is a gradient for ${name} but no parameter of that name`);
        updateOne(name, params[name], gradient, rate);
      }
    },
    exportState() {
      const out: Record<string, Float64Array> = {};
      for (const [name, { step, first, second }] of state) {
        out[`${name}/first`] = first.slice();
        out[`${name}/second`] = second.slice();
        out[`${name}/step`] = Float64Array.of(step);
      }
      return out;
    },
    importState(values) {
      state.clear();
      for (const [key, steps] of Object.entries(values)) {
        if (!key.endsWith('/step')) continue;
        const name = key.slice(0, -'/step'.length);
        const [first, second] = [values[`${name}/first`], values[`${name}/second`]];
        if (!first || !second || first.length !== second.length) {
          throw new Error(
            `Adam's state of ${name} lacks its moments: expected ${name}/first and ${name}/second`,
          );
        }
        state.set(name, { step: steps[0], first: first.slice(), second: second.slice() });
      }
    },
    dispose() {
      state.clear();
    },
  };
}
