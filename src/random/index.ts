// Everything random: streams, variates, permutations.
export { gamma, logGamma } from './gamma.js';
export { integer, permutation, shuffle } from './integer.js';
export { exponential, gumbel, normal, openUniform } from './normal.js';
export { createStream, type Stream } from './stream.js';
