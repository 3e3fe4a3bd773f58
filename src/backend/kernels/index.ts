// All compiled kernels, by the tfjs name under which they are registered.
import type { Kernels } from '../kernel.js';
import { batchNorm } from './batchNorm.js';
import { conv } from './conv.js';
import { nb201Cell } from './nb201Cell.js';
import { pool } from './pool.js';
import { training } from './training.js';

export const kernels: Kernels = { ...conv, ...batchNorm, ...pool, ...training, ...nb201Cell };
