// All compiled kernels, by the tfjs name under which they are registered.
import type { Kernels } from '../kernel.js';
import { batchNorm } from './batchNorm.js';
import { conv } from './conv.js';
import { dartsCell } from './dartsCell.js';
import { depthwise } from './depthwise.js';
import { elementwise } from './elementwise.js';
import { layout } from './layout.js';
import { matMul } from './matMul.js';
import { nb201Cell } from './nb201Cell.js';
import { pool } from './pool.js';
import { reduce } from './reduce.js';
import { separable } from './separable.js';
import { training } from './training.js';

export const kernels: Kernels = {
  ...conv,
  ...depthwise,
  ...matMul,
  ...batchNorm,
  ...separable,
  ...pool,
  ...elementwise,
  ...reduce,
  ...layout,
  ...training,
  ...nb201Cell,
  ...dartsCell,
};
