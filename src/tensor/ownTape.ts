// What we change of tfjs's gradient tape: the walk back frees what it has passed, and a pass inside another has a tape of its own.
import * as tf from '@tensorflow/tfjs';

interface TapeNode {
  inputs: Record<string, tf.Tensor | null>;
  outputs: tf.Tensor[];
  saved: tf.Tensor[];
  gradient?: (dys: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>;
}

interface TapeState {
  activeTape: TapeNode[] | null;
  gradientDepth: number;
  kernelDepth: number;
}

/** What is used of tfjs's engine, which marks it private. */
const tapeState = (): TapeState => (tf.engine() as unknown as { state: TapeState }).state;

/** Runs `f` as if no tape were on and no kernel under way. */
function apart<T>(f: () => T): T {
  const state = tapeState();
  const { activeTape, gradientDepth, kernelDepth } = state;
  Object.assign(state, { activeTape: null, gradientDepth: 0, kernelDepth: 0 });
  try {
    return f();
  } finally {
    Object.assign(state, { activeTape, gradientDepth, kernelDepth });
  }
}

/**
 * Makes the walk back over the tape free what it has passed. tfjs frees what the forward pass saved, and the gradients of
 * all intermediate results, only when the walk is over, so that both are there at once. When a node's gradient is asked
 * for, every later node has had its turn: nobody will read again what it saved, nor the gradients of its outputs.
 */
function freeWhatIsPassed(tape: TapeNode[]): void {
  let passed = tape.length; // index of the first node that has been passed
  let used: tf.Tensor[] = []; // gradients of the outputs of the node whose turn it was
  tape.forEach((node, index) => {
    const gradient = node.gradient;
    if (!gradient) return;
    node.gradient = (dys) => {
      tf.dispose(used);
      while (passed > index + 1) tf.dispose(tape[--passed].saved);
      const given = dys.filter((dy): dy is tf.Tensor => dy !== null);
      used = given;
      const parts = Object.entries(gradient(dys)).map(([name, compute]) => {
        const own = () => {
          const dx = compute();
          return given.includes(dx) ? dx.clone() : dx; // what is handed on as it is must outlive this node's turn
        };
        return [name, own] as const;
      });
      return Object.fromEntries(parts);
    };
  });
}

/** f as a function to be differentiated whose walk back frees what it has passed. */
export const freeing =
  <T>(f: () => T) =>
  (): T => {
    const value = f();
    const { activeTape, gradientDepth } = tapeState();
    // A gradient of a gradient reads an outer tape again.
    if (gradientDepth === 1) freeWhatIsPassed(activeTape!);
    return value;
  };

/**
 * The value of f and the gradients of sum(dy * value) in `xs`, whatever tape is on; undefined for an x that the value does
 * not depend on. Without dy the value's own sum is differentiated. `dy` is freed.
 */
export function gradientsApart<T extends tf.Tensor>(
  f: () => T,
  xs: tf.Tensor[],
  dy?: tf.Tensor,
): { value: T; grads: (tf.Tensor | undefined)[] } {
  return apart(() => {
    const { value, grads } = tf.engine().gradients<tf.Tensor>(freeing(f), xs, dy, true);
    dy?.dispose();
    return { value: value as T, grads };
  });
}

/** The value of f without a trace on the tape that is on, and which of `xs` it depends on. */
export function valueApart<T extends tf.Tensor>(
  f: () => T,
  xs: tf.Tensor[],
): { value: T; reached: boolean[] } {
  return apart(() => {
    const state = tapeState();
    const tape: TapeNode[] = [];
    Object.assign(state, { activeTape: tape, gradientDepth: 1 });
    try {
      const value = tf.tidy(f);
      const leads = new Set([value.id]);
      for (let i = tape.length - 1; i >= 0; i--) {
        if (!tape[i].outputs.some(({ id }) => leads.has(id))) continue;
        for (const input of Object.values(tape[i].inputs)) if (input) leads.add(input.id);
      }
      return { value, reached: xs.map(({ id }) => leads.has(id)) };
    } finally {
      for (const { saved } of tape) tf.dispose(saved);
    }
  });
}
