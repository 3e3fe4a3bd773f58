// The differentiable operations and optimisers that tfjs lacks or has wrong.
export { accuracy, countCorrect } from './accuracy.js';
export { type Adam, type AdamOptions, createAdam } from './adam.js';
export { avgPool2d, type PoolOptions } from './avgPool2d.js';
export { type BatchNormEvalOptions, batchNormEval } from './batchNormEval.js';
export { type BatchNormTrainOptions, type BatchNormTrainResult, batchNormTrain } from './batchNormTrain.js';
export { channelShuffle } from './channelShuffle.js';
export { clipByGlobalNorm, globalNorm } from './clip.js';
export { conv2d } from './conv2d.js';
export { type CosineOptions, cosineLearningRate } from './cosine.js';
export { depthwiseConv2d } from './depthwiseConv2d.js';
export { concentration, type DirichletSampleOptions, dirichletSample } from './dirichlet.js';
export { globalAveragePool } from './globalAveragePool.js';
export { linear } from './linear.js';
export { type LinearScheduleOptions, linearLearningRate } from './linearSchedule.js';
export { maxPool2d } from './maxPool2d.js';
export {
  type StatisticsUpdate,
  updateAllRunningStatistics,
  updateRunningStatistics,
} from './runningStatistics.js';
export { type SeparableResult, type SeparableStage, separableNorm } from './separable.js';
export { createSgd, type Sgd, type SgdOptions, type SgdStep } from './sgd.js';
export { type CrossEntropyOptions, softmaxCrossEntropy } from './softmaxCrossEntropy.js';
export type { ConvolutionOptions, Padding } from './spatial.js';
export { splitChannels } from './splitChannels.js';
export { variableGradients } from './variableGradients.js';
export { type Branch, type WeightedSumOptions, weightedSum } from './weightedSum.js';
