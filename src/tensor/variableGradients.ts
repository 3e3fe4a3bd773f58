// Gradients of a loss in given variables, like tf.variableGrads, in about half of the memory.
import * as tf from '@tensorflow/tfjs';

interface TapeNode {
  saved: tf.Tensor[];
  gradient?: (dys: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>;
}

/** What is used of tfjs's engine, which marks it private. */
interface Engine {
  state: { activeTape: TapeNode[]; gradientDepth: number };
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

/**
 * The value of a scalar function of the variables, and its gradients by the variables' names. Variables that the value does
 * not depend on have none. The numbers are those of tf.variableGrads, to the bit.
 */
export function variableGradients(
  f: () => tf.Scalar,
  variables: tf.Variable[],
): { value: tf.Scalar; grads: tf.NamedTensorMap } {
  return tf.variableGrads(() => {
    const value = f();
    const { activeTape, gradientDepth } = (tf.engine() as unknown as Engine).state;
    // A gradient of a gradient reads an outer tape again.
    if (gradientDepth === 1) freeWhatIsPassed(activeTape);
    return value;
  }, variables);
}
