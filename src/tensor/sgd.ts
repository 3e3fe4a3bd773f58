// Stochastic gradient descent with momentum, coupled weight decay and clipping of the global gradient norm.
import * as tf from '@tensorflow/tfjs';
import { clipCoefficient, globalNorm } from './clip.js';
import { hasKernel, runKernel } from './withGradient.js';

export interface SgdOptions {
  /** Default 0.9. */
  momentum?: number;
  /** Added to the gradient as weightDecay * parameter (coupled, after clipping). Default 0. */
  weightDecay?: number;
  /** Nesterov's variant. Default false, as DrNAS. */
  nesterov?: boolean;
}

export interface SgdStep {
  /** Clip the global norm of all gradients to this; 0 or absent: no clipping. */
  maxNorm?: number;
  /** Added to the squared norm before clipping: gradients that share the norm but are not updated here. */
  extraSquaredNorm?: number;
}

export interface Sgd {
  /** Updates the parameters in place by their gradients (same names) and returns the norm before clipping. */
  update(
    params: Record<string, tf.Variable>,
    grads: Record<string, tf.Tensor>,
    rate: number,
    step?: SgdStep,
  ): number;
  /** The momentum of each parameter that was ever updated, by the parameter's name. */
  exportState(): Record<string, Float32Array>;
  /** Replaces the state; each array must have as many elements as its parameter. */
  importState(state: Record<string, Float32Array>): void;
  dispose(): void;
}

/**
 * torch.optim.SGD after torch.nn.utils.clip_grad_norm_, without dampening:
 *   g = min(1, maxNorm / (norm + 1e-6)) * grad + weightDecay * p
 *   m = momentum * m + g           (m starts at 0, so the first step is m = g)
 *   p = p - rate * m               (Nesterov: p - rate * (g + momentum * m))
 * A parameter without a gradient is left alone. State lives by name, so it survives widening and checkpoints.
 *
 * On a backend with our SgdUpdate kernel parameters change in place in memory: a `clone()` of a variable shares it.
 */
export function createSgd({ momentum = 0.9, weightDecay = 0, nesterov = false }: SgdOptions = {}): Sgd {
  const velocity = new Map<string, tf.Tensor>();
  // Arrays wait here until the first update tells their shapes.
  const waiting = new Map<string, Float32Array>();

  function velocityOf(name: string, like: tf.Tensor): tf.Tensor {
    const known = velocity.get(name);
    if (known) {
      if (known.size === like.size) return known;
      throw new Error(
        `the momentum of ${name} has ${known.size} elements, the parameter ${like.size}: ` +
          'export, widen and import the state when a parameter changes its shape',
      );
    }
    const values = waiting.get(name);
    if (values && values.length !== like.size) {
      throw new Error(
        `the imported momentum of ${name} has ${values.length} elements, the parameter ${like.size}`,
      );
    }
    const made = tf.keep(values ? tf.tensor(values.slice(), like.shape) : tf.zerosLike(like));
    waiting.delete(name);
    velocity.set(name, made);
    return made;
  }

  function update(
    params: Record<string, tf.Variable>,
    grads: Record<string, tf.Tensor>,
    rate: number,
    { maxNorm = 0, extraSquaredNorm = 0 }: SgdStep = {},
  ): number {
    const names = Object.keys(grads);
    for (const name of names) {
      if (!params[name]) throw new Error(`there is a gradient for ${name} but no parameter of that name`);
    }
    if (!nesterov && hasKernel('SgdUpdate')) {
      const inputs: Record<string, tf.Tensor> = {};
      names.forEach((name, i) => {
        inputs[`p_${i}`] = params[name];
        inputs[`g_${i}`] = grads[name];
        inputs[`m_${i}`] = velocityOf(name, params[name]);
      });
      const attrs = { n: names.length, lr: rate, momentum, weightDecay, maxNorm, extraSquaredNorm };
      return tf.tidy(() => runKernel('SgdUpdate', inputs, attrs)[0].dataSync()[0]);
    }
    const norm = globalNorm(grads, extraSquaredNorm);
    const coefficient = clipCoefficient(norm, maxNorm);
    for (const name of names) {
      const before = velocityOf(name, params[name]);
      const after = tf.tidy(() => {
        const p = params[name];
        const clipped = coefficient === 1 ? grads[name] : tf.mul(grads[name], coefficient);
        const g = weightDecay === 0 ? clipped : tf.add(clipped, tf.mul(p, weightDecay));
        const m = tf.add(tf.mul(before, momentum), g);
        p.assign(tf.sub(p, tf.mul(nesterov ? tf.add(g, tf.mul(m, momentum)) : m, rate)));
        return tf.keep(m);
      });
      before.dispose();
      velocity.set(name, after);
    }
    return norm;
  }

  function dispose(): void {
    for (const tensor of velocity.values()) tensor.dispose();
    velocity.clear();
    waiting.clear();
  }

  return {
    update,
    dispose,
    exportState() {
      const state: Record<string, Float32Array> = {};
      for (const [name, values] of waiting) state[name] = values.slice();
      for (const [name, tensor] of velocity) state[name] = (tensor.dataSync() as Float32Array).slice();
      return state;
    },
    importState(state) {
      dispose();
      for (const [name, values] of Object.entries(state)) waiting.set(name, Float32Array.from(values));
    },
  };
}
