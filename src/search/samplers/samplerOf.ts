// The samplers by their names.
import { dirichletMeanSampler, dirichletSampler } from './dirichlet.js';
import { dirichletScoreSampler } from './dirichletScore.js';
import { dsnasSampler } from './dsnas.js';
import { gdasSampler } from './gdas.js';
import { gumbelSoftmaxSampler } from './gumbelSoftmax.js';
import { logisticNormalSampler } from './logisticNormal.js';
import type { Sampler, SamplerOptions } from './sampler.js';
import { softmaxSampler } from './softmax.js';
import type { SamplerName } from './traits.js';
import { uniformPathSampler } from './uniformPath.js';

export function samplerOf(name: SamplerName, { logisticNormalScale = 1 }: SamplerOptions = {}): Sampler {
  const samplers: Record<SamplerName, Sampler> = {
    dirichlet: dirichletSampler,
    'dirichlet-score': dirichletScoreSampler,
    'dirichlet-mean': dirichletMeanSampler,
    softmax: softmaxSampler,
    'gumbel-softmax': gumbelSoftmaxSampler,
    gdas: gdasSampler,
    dsnas: dsnasSampler,
    'logistic-normal': logisticNormalSampler(logisticNormalScale),
    'uniform-path': uniformPathSampler,
  };
  if (!(name in samplers))
    throw new Error(
      `there is no sampler ${JSON.stringify(name)}: choose one of ${Object.keys(samplers).join(', ')}`,
    );
  return samplers[name];
}
