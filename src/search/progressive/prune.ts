// Which operations stay at a stage boundary (201-space/utils.py:197-207), and the removal of the others from the supernet.
import type { SearchSpace, SpaceSupernet } from '../../spaces/space.js';

/** 1 keeps an operation, 0 removes it; one row for each row of alpha. */
export type Mask = number[][];

/**
 * The `keep` largest raw alphas of each row stay as they are; the others become exactly 0 and are masked. What `mask` removed
 * before stays removed. Equal alphas: the first stays. Throws where a row has fewer operations left than it should keep.
 */
export function prune(alpha: number[][], keep: number, mask?: Mask): { alpha: number[][]; mask: Mask } {
  const kept = alpha.map((row, r) => {
    const left = row.map((_, o) => o).filter((o) => !mask || mask[r][o]);
    if (!(Number.isInteger(keep) && keep >= 1 && keep <= left.length))
      throw new Error(`cannot keep ${keep} operations of row ${r}: it has ${left.length} left`);
    return new Set(left.sort((a, b) => row[b] - row[a] || a - b).slice(0, keep));
  });
  return {
    alpha: alpha.map((row, r) => row.map((a, o) => (kept[r].has(o) ? a : 0))),
    mask: alpha.map((row, r) => row.map((_, o) => (kept[r].has(o) ? 1 : 0))),
  };
}

/** Names of the weights that a mask removes. */
export function prunedWeights(space: SearchSpace, net: SpaceSupernet, mask: Mask): string[] {
  return mask.flatMap((row, r) => row.flatMap((kept, o) => (kept ? [] : space.weightsOf(net, r, o))));
}

/** Frees the weights that a mask removes: they are gone from the supernet, from its gradients and from memory. */
export function removePruned(space: SearchSpace, net: SpaceSupernet, mask: Mask): string[] {
  const names = prunedWeights(space, net, mask).filter((name) => net.parameters[name]);
  for (const name of names) {
    net.parameters[name].dispose();
    delete net.parameters[name];
  }
  return names;
}
