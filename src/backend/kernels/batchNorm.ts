// Batch normalisation: training form and gradient under our names, the form with given statistics under tfjs's.
import type { Attributes, ConditionalKernel, Inputs, Kernel, Kernels, TensorInfo } from '../kernel.js';
import { asFloat, elements, isFloat, perChannel } from './common.js';

const rowsAndChannels = (x: TensorInfo): [number, number] => {
  const channels = x.shape[x.shape.length - 1];
  return [channels === 0 ? 0 : elements(x.shape) / channels, channels];
};

/** {x, scale?, offset?} {epsilon} -> [y, mean, variance]; the variance is the biased one. */
const BatchNormTrain: Kernel = (backend, { x, scale, offset }, { epsilon = 1e-5 }) => {
  const [rows, channels] = rowsAndChannels(x);
  const [scaleAt, offsetAt] = perChannel(backend, 'BatchNormTrain', channels, { scale, offset });
  const y = backend.output(x.shape);
  const mean = backend.output([channels]);
  const variance = backend.output([channels]);
  const call = (scratch: number) =>
    backend.engine.call('BatchNormTrain', [
      scratch,
      ...[asFloat(x, 'BatchNormTrain'), y, mean, variance].map((tensor) => backend.address(tensor)),
      ...[scaleAt, offsetAt, rows, channels, epsilon],
    ])[0];
  call(backend.scratch(call(0)));
  return [y, mean, variance];
};

/** {dy, x, mean, variance, scale?} {epsilon} -> [dx, dscale, doffset] */
const BatchNormTrainGrad: Kernel = (backend, { dy, x, mean, variance, scale }, { epsilon = 1e-5 }) => {
  const name = 'BatchNormTrainGrad';
  const [rows, channels] = rowsAndChannels(x);
  if (dy.shape.join() !== x.shape.join())
    throw new Error(`${name} got dy [${dy.shape}]; expected [${x.shape}]`);
  const statistics = perChannel(backend, name, channels, { mean, variance, scale });
  const outputs = [backend.output(x.shape), backend.output([channels]), backend.output([channels])];
  const call = (scratch: number) =>
    backend.engine.call(name, [
      scratch,
      ...[asFloat(dy, name), asFloat(x, name)].map((tensor) => backend.address(tensor)),
      ...statistics,
      ...outputs.map((tensor) => backend.address(tensor)),
      ...[rows, channels, epsilon],
    ])[0];
  call(backend.scratch(call(0)));
  return outputs;
};

/** tfjs's FusedBatchNorm: {x, mean, variance, scale?, offset?} {varianceEpsilon} -> y */
const FusedBatchNorm: ConditionalKernel = {
  when: (inputs: Inputs) => {
    const channels = inputs.x.shape[inputs.x.shape.length - 1];
    const { x, mean, variance, scale, offset } = inputs;
    return [x, mean, variance, scale, offset].every(
      (tensor) => !tensor || (isFloat(tensor) && (tensor === x || elements(tensor.shape) === channels)),
    );
  },
  run: (backend, { x, mean, variance, scale, offset }, { varianceEpsilon = 0.001 }: Attributes) => {
    const [rows, channels] = rowsAndChannels(x);
    const statistics = perChannel(backend, 'FusedBatchNorm', channels, { mean, variance, scale, offset });
    const y = backend.output(x.shape);
    const call = (scratch: number) =>
      backend.engine.call('BatchNormEval', [
        ...[scratch, backend.address(x), backend.address(y), ...statistics],
        ...[rows, channels, varianceEpsilon],
      ])[0];
    call(backend.scratch(call(0)));
    return y;
  },
};

export const batchNorm: Kernels = { BatchNormTrain, BatchNormTrainGrad, FusedBatchNorm };
