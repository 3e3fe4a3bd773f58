// The DARTS space: genotypes, supernet, stand-alone networks and their cost.
export { networkCost, withinMobileSetting } from './cost.js';
export { formatGenotype, type Genotype, genotypeJson, parseGenotype } from './genotype.js';
export { createNetwork, networkForward } from './network.js';
export { CIFAR_SHAPE, IMAGENET_SHAPE, type NetworkShape } from './networkShape.js';
export { EDGES, OPERATIONS, OPERATIONS_WITH_NONE, type Operation } from './operations.js';
export { PUBLISHED } from './published.js';
export { randomGenotype } from './random.js';
export { genotypeOf } from './readout.js';
export { dartsSpace } from './space.js';
export { createSupernet, type Supernet, type SupernetShape, supernetParameters } from './supernet.js';
