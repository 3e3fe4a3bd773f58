// Recomputation: of a part of a network only the inputs are kept, and its inside is computed again in the backward pass.
import * as tf from '@tensorflow/tfjs';
import { gradientsApart, valueApart } from './ownTape.js';
import { gradientsTogether, withGradient } from './withGradient.js';

export interface PartInputs {
  /** Tensors that are differentiated wherever the part depends on them. */
  inputs: Record<string, tf.Tensor>;
  /** Tensors that the part reads and this pass does not differentiate. */
  constants?: Record<string, tf.Tensor>;
  /** Weights that the pass differentiates; those that the part does not use get no gradient, as without recomputation. */
  weights: readonly tf.Tensor[];
}

/** Tensors by name as inputs where they are differentiated, else as constants. */
export function sorted<Name extends string>(
  tensors: Record<Name, tf.Tensor>,
  differentiated: Record<Name, boolean>,
): Pick<PartInputs, 'inputs' | 'constants'> {
  const entries = Object.entries(tensors) as [Name, tf.Tensor][];
  const those = (wanted: boolean) =>
    Object.fromEntries(entries.filter(([name]) => differentiated[name] === wanted));
  return { inputs: those(true), constants: those(false) };
}

/**
 * part(tensors), remembered by its inputs alone: "gradient checkpointing" (Chen et al. 2016, "Training Deep Nets with Sublinear
 * Memory Cost"). In the backward pass the part is computed a second time, now with what its gradients need, so that only one
 * part's inside is there at a time. Values and gradients are those without recomputation, to the bit, as long as the part is
 * deterministic.
 *
 * The part must take all of its tensors by name, weights excepted, which it may read where they are. `again` is true the second
 * time: side outputs (batch statistics) have been handed out then, and random numbers have to be the same.
 */
export function recomputed<T extends tf.Tensor>(
  { inputs, constants = {}, weights }: PartInputs,
  part: (tensors: Record<string, tf.Tensor>, again: boolean) => T,
): T {
  const read: Record<string, tf.Tensor> = { ...inputs, ...constants };
  if (!tf.engine().isTapeOn()) return tf.tidy(() => part(read, false));
  const candidates: Record<string, tf.Tensor> = { ...inputs };
  weights.forEach((weight, i) => {
    candidates[`weight ${i}`] = weight;
  });
  const { value, reached } = valueApart(() => part(read, false), Object.values(candidates));
  const used = Object.keys(candidates).filter((_, i) => reached[i]);
  if (used.length === 0) return value;
  return withGradient<string, T>(
    Object.fromEntries(used.map((name) => [name, candidates[name]])),
    (save) => {
      save(Object.values(read));
      return value;
    },
    (dy, saved) =>
      gradientsTogether(used, () => {
        // What was saved are tensors of their own, so that one that came in under two names is differentiated in each.
        const own = Object.fromEntries(Object.keys(read).map((name, i) => [name, saved[i]]));
        const xs = used.map((name) => own[name] ?? candidates[name]);
        const second = gradientsApart(() => part(own, true), xs, dy.clone());
        second.value.dispose();
        return Object.fromEntries(used.map((name, i) => [name, second.grads[i]!]));
      }),
  );
}
