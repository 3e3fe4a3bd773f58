// All compiled kernels, by the tfjs name under which they are registered.
import type { Kernels } from '../kernel.js';
import { conv } from './conv.js';
import { nb201Cell } from './nb201Cell.js';

export const kernels: Kernels = { ...conv, ...nb201Cell };
