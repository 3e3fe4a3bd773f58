// The loss and the optimiser step, each one call for the whole batch or all parameters.
import type { Kernel, Kernels } from '../kernel.js';
import { asFloat, elements, sameShape } from './common.js';

/** {logits [B, classes], labels int32 [B]} -> [mean loss, its gradient for the logits] */
const SoftmaxCrossEntropy: Kernel = (backend, { logits, labels }) => {
  const [rows, classes] = logits.shape;
  if (logits.shape.length !== 2 || labels.dtype !== 'int32' || elements(labels.shape) !== rows) {
    throw new Error(
      `SoftmaxCrossEntropy got logits [${logits.shape}] and ${labels.dtype} labels [${labels.shape}]; ` +
        'expected logits [batch, classes] and int32 labels [batch]',
    );
  }
  const at = [asFloat(logits, 'SoftmaxCrossEntropy'), labels].map((tensor) => backend.address(tensor));
  const loss = backend.output([]);
  const dlogits = backend.output(logits.shape);
  const wrong = backend.engine.call('SoftmaxCrossEntropy', [
    ...[...at, backend.address(loss), backend.address(dlogits), rows, classes],
  ])[0];
  if (wrong >= 0) {
    throw new Error(
      `label ${backend.values(labels)[wrong]} of row ${wrong} is none of the ${classes} classes`,
    );
  }
  return [loss, dlogits];
};

/**
 * {p_i, g_i, m_i} for i below n, {n, lr, momentum, weightDecay, maxNorm, extraSquaredNorm} -> [norm of all gradients];
 * parameters p and momenta m change in place.
 */
const SgdUpdate: Kernel = (backend, inputs, attributes) => {
  const { n, lr, momentum = 0, weightDecay = 0, maxNorm = 0, extraSquaredNorm = 0 } = attributes;
  const args: number[] = [0, n, lr, momentum, weightDecay, maxNorm, extraSquaredNorm, 0];
  for (let i = 0; i < n; i++) {
    const [p, g, m] = [inputs[`p_${i}`], inputs[`g_${i}`], inputs[`m_${i}`]];
    if (!p || !g || !m) throw new Error(`SgdUpdate lacks p_${i}, g_${i} or m_${i} of its ${n} parameters`);
    if (!sameShape(p, g) || elements(p.shape) !== elements(m.shape)) {
      throw new Error(
        `SgdUpdate got parameter ${i} of shape [${p.shape}] with gradient [${g.shape}] and momentum [${m.shape}]`,
      );
    }
    for (const tensor of [p, g, m]) args.push(backend.address(asFloat(tensor, 'SgdUpdate')));
    args.push(elements(p.shape));
  }
  args[0] = backend.scratch(backend.engine.call('SgdUpdate', args)[0]);
  const norm = backend.engine.call('SgdUpdate', args)[0];
  const out = backend.output([]);
  backend.values(out)[0] = norm;
  return [out];
};

/**
 * {runningMean_i, runningVariance_i, mean_i, variance_i} for i below counts.length, {counts, momentum} -> []; the running ones
 * change in place.
 */
const RunningStatistics: Kernel = (backend, inputs, { counts, momentum }) => {
  const args: number[] = [counts.length, momentum];
  (counts as number[]).forEach((count, i) => {
    const names = ['runningMean', 'runningVariance', 'mean', 'variance'];
    const tensors = names.map((name) => asFloat(inputs[`${name}_${i}`], 'RunningStatistics'));
    const sizes = tensors.map(({ shape }) => elements(shape));
    if (sizes.some((size) => size !== sizes[0]))
      throw new Error(`RunningStatistics got running and batch statistics of ${sizes} channels`);
    args.push(...tensors.map((tensor) => backend.address(tensor)), sizes[0], count);
  });
  backend.engine.call('RunningStatistics', args);
  return [];
};

export const training: Kernels = { SoftmaxCrossEntropy, SgdUpdate, RunningStatistics };
