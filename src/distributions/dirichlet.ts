// The distributions over mixing weights: the Dirichlet, its gradients and divergences.
export { concentration, concentrationDerivative } from './concentration.js';
export { entropy, logDensity, mean, variance } from './density.js';
export { klDirichlet, klToUniform, klToUniformGradient } from './kl.js';
export { maskRow, sampleMasked } from './masked.js';
export { betaPathwise, pathwiseDerivative } from './pathwise.js';
export { type Mask, type PathwiseRule, pathwiseGradient } from './pathwiseGradient.js';
export { pathwiseTorch, torchBranch, torchRule } from './pathwiseTorch.js';
export {
  type Quadratic,
  quadraticExpectation,
  quadraticExpectationGradient,
  quadraticGradient,
  quadraticValue,
} from './quadratic.js';
export { sampleDirichlet } from './sample.js';
export { score } from './score.js';
export { softmax } from './softmax.js';
export { type SoftmaxBasis, sampleSoftmaxBasis, softmaxBasis } from './softmaxBasis.js';
