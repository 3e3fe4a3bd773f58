// The distributions over mixing weights: the Dirichlet, its gradients and divergences.
export { concentration, concentrationDerivative } from './concentration.js';
export { entropy, logDensity, mean, variance } from './density.js';
export { klDirichlet, klToUniform, klToUniformGradient } from './kl.js';
export { maskRow, sampleMasked } from './masked.js';
export { betaPathwise, pathwiseDerivative } from './pathwise.js';
export { type Mask, type PathwiseRule, pathwiseGradient } from './pathwiseGradient.js';
export { pathwiseTorch, torchRule } from './pathwiseTorch.js';
export { sampleDirichlet } from './sample.js';
