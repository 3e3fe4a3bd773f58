// The shape of our kernels on the tfjs side, and the table that register.ts puts under a backend's name.
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { DrnasBackend } from './backend.js';

export type Inputs = Record<string, TensorInfo>;
// biome-ignore lint/suspicious/noExplicitAny: the attributes of a tfjs kernel are untyped by nature
export type Attributes = Record<string, any>;

/** One tfjs kernel on our backend. */
export type Kernel = (
  backend: DrnasBackend,
  inputs: Inputs,
  attributes: Attributes,
) => TensorInfo | TensorInfo[];

/** A kernel that stands in for tfjs's own only for some inputs; for all others tfjs's cpu kernel runs. */
export interface ConditionalKernel {
  run: Kernel;
  when(inputs: Inputs, attributes: Attributes): boolean;
}

/** Kernels by tfjs kernel name; each file in kernels/ exports one such table. */
export type Kernels = Record<string, Kernel | ConditionalKernel>;

export type { TensorInfo };
