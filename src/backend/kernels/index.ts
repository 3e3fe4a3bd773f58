// All compiled kernels, by the tfjs name under which they are registered.
import type { Kernels } from '../kernel.js';

export const kernels: Kernels = {};
