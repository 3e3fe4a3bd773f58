// Runs TensorFlow's own operations by name on tfjs's tensorflow backend, with their attributes in the binding's form.
import type * as tf from '@tensorflow/tfjs';

/** What is used of NodeJSKernelBackend (tfjs-node/src/nodejs_kernel_backend.ts). */
export interface TensorflowBackend {
  isUsingGpuDevice: boolean;
  binding: Record<string, number> & { TF_Version?: string };
  executeMultipleOutputs(
    name: string,
    attributes: object[],
    inputs: tf.Tensor[],
    numOutputs: number,
  ): tf.Tensor[];
}

/** An attribute by its value: whole numbers and lists of them, `real(x)`, text, truth, or `type('float32')`. */
type Attribute =
  | number
  | readonly number[]
  | string
  | boolean
  | { real: number }
  | { type: 'float32' | 'int32' };

export const real = (value: number) => ({ real: value });
export const float32 = { type: 'float32' } as const;
export const int32 = { type: 'int32' } as const;

function encoded({ binding }: TensorflowBackend, name: string, value: Attribute): object {
  if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
  if (typeof value === 'string') return { name, type: binding.TF_ATTR_STRING, value };
  if (typeof value !== 'object' || Array.isArray(value)) return { name, type: binding.TF_ATTR_INT, value };
  if ('real' in value) return { name, type: binding.TF_ATTR_FLOAT, value: value.real };
  const { type } = value as { type: string };
  return {
    name,
    type: binding.TF_ATTR_TYPE,
    value: type === 'int32' ? binding.TF_INT32 : binding.TF_FLOAT,
  };
}

/** The outputs of one operation. */
export function execute(
  backend: TensorflowBackend,
  operation: string,
  inputs: tf.Tensor[],
  attributes: Record<string, Attribute>,
  outputs = 1,
): tf.Tensor[] {
  const list = Object.entries(attributes).map(([name, value]) => encoded(backend, name, value));
  return backend.executeMultipleOutputs(operation, list, inputs, outputs);
}
