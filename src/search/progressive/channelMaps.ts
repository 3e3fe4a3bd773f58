// Which old channel each new channel of a wider supernet copies: the draws of the three widening rules.
import { integer } from '../../random/integer.js';
import type { Stream } from '../../random/stream.js';
import type { WidenPlan } from '../../spaces/space.js';
import type { WideningRule } from '../config.js';

/** A map g from new channels to old ones: channel j of the wider layer is a copy of channel g[j]. */
export type ChannelMap = number[];

/** 0..from-1, then old channels uniformly at random with replacement (net2wider.py:7-76). */
function drawMap(stream: Stream, { from, to }: { from: number; to: number }): ChannelMap {
  return Array.from({ length: to }, (_, j) => (j < from ? j : integer(stream, from)));
}

/**
 * The maps of a plan's draws; none where weights are drawn anew.
 *
 * The reference draws each on its own. Net2Net needs one map for all operations of a cell, because their outputs are added
 * and the sum is what the next operation reads. Where a cell has a factorised reduction, whose output is two halves on
 * shifted grids, the cell's map sends each half of the channels into its own half.
 */
export function drawMaps(plan: WidenPlan, rule: WideningRule, stream: Stream): ChannelMap[] {
  if (rule === 'reinitialise') return [];
  if (rule === 'reference') return plan.draws.map((draw, i) => drawMap(stream.split(i), draw));
  const maps: ChannelMap[] = [];
  for (const [cell, uses] of usesByCell(plan)) {
    const composite = uses.filter((draws) => draws.length > 1);
    const parts = new Set(composite.flat());
    const whole = uses.flat().filter((d) => !parts.has(d));
    const pieces = composite[0]?.map((d, i) => drawMap(stream.split(cell, i), plan.draws[d]));
    const shared = pieces
      ? laidOut(pieces, sizesOf(plan, composite[0]))
      : drawMap(stream.split(cell), plan.draws[whole[0]]);
    for (const d of whole) maps[d] = shared;
    for (const draws of composite) for (const [i, d] of draws.entries()) maps[d] = pieces[i];
  }
  return maps;
}

/** How each cell (`cells.i`, the beginning of its arrays' names) uses the draws. */
function usesByCell({ parameters, buffers }: WidenPlan): Map<string, number[][]> {
  const cells = new Map<string, number[][]>();
  for (const [name, uses] of [...Object.entries(parameters), ...Object.entries(buffers)]) {
    const cell = name.split('.').slice(0, 2).join('.');
    cells.set(cell, [...(cells.get(cell) ?? []), ...uses.map(({ draws }) => draws)]);
  }
  return cells;
}

/** Old channels of each draw. */
export const sizesOf = (plan: WidenPlan, draws: number[]): number[] => draws.map((d) => plan.draws[d].from);

/** Maps laid one after the other, each into its own range of old channels of these sizes. */
export function laidOut(maps: ChannelMap[], sizes: number[]): ChannelMap {
  return maps.flatMap((map, i) => {
    const offset = sizes.slice(0, i).reduce((a, b) => a + b, 0);
    return map.map((channel) => channel + offset);
  });
}

/**
 * What the reference makes of a factorised reduction's batch norm: the old channels first, then the copies of both halves, the
 * second without its offset (DARTS-space/operations.py:201-206), although the convolutions' outputs come as first half and
 * its copies, second half and its copies. Only running statistics are wrong by it, until training has replaced them.
 */
export function misplaced(maps: ChannelMap[], sizes: number[]): ChannelMap {
  const old = sizes.reduce((a, b) => a + b, 0);
  return [...Array(old).keys(), ...maps.flatMap((map, i) => map.slice(sizes[i]))];
}
