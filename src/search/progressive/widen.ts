// Grows a supernet to a smaller k: weights, running statistics and momentum, under one of three rules.
import * as tf from '@tensorflow/tfjs';
import type { Stream } from '../../random/stream.js';
import type { AxisMap, SearchSpace, SpaceSupernet, WidenPlan } from '../../spaces/space.js';
import type { WideningRule } from '../config.js';
import { type ChannelMap, drawMaps, laidOut, misplaced, sizesOf } from './channelMaps.js';

export interface WidenOptions {
  rule: WideningRule;
  stream: Stream;
  /** The maps of the plan's draws, to replay what was drawn elsewhere. */
  maps?: ChannelMap[];
}

export interface Widened {
  net: SpaceSupernet;
  /** One map for each draw of the plan; none where weights are drawn anew. */
  maps: ChannelMap[];
  /** What an optimiser's momentum, by the parameter's name, becomes: the same linear map as its weight's. */
  momentum: (state: Record<string, Float32Array>) => Record<string, Float32Array>;
}

/**
 * A supernet of smaller k that goes on from `net`, which stays as it is (the caller disposes it).
 *
 * `reference`: every new channel copies a random old one, each axis by its own draw, inputs undivided (net2wider.py).
 * `net2net`: one map a cell, and an input axis is divided by how often its channel was copied (Chen, Goodfellow & Shlens
 * 2016), so that every operation, mixture and the active part of a cell give copied outputs for copied inputs.
 * `reinitialise`: the operations' weights are drawn anew; what lies outside of the mixtures stays.
 *
 * No rule preserves the whole supernet. Its C channels stay C: the channels that become active were bypassed until now and are
 * no copies of others, and the shuffle between cells interleaves k' groups instead of k. Net2Net preserves what it can.
 * Weights that `net` lacks, of pruned operations, are lacking in the result.
 */
export function widen(space: SearchSpace, net: SpaceSupernet, k: number, options: WidenOptions): Widened {
  const { rule, stream } = options;
  const wider = space.create({ ...net.shape, k }, stream.split('weights'));
  const plan = space.widenPlan(net, k);
  const maps = options.maps ?? drawMaps(plan, rule, stream.split('maps'));
  for (const name of Object.keys(wider.parameters)) {
    if (net.parameters[name]) continue;
    wider.parameters[name].dispose();
    delete wider.parameters[name];
  }
  const drawn = rule === 'reinitialise';
  const shapes = Object.fromEntries(Object.entries(net.parameters).map(([name, { shape }]) => [name, shape]));
  const grown = (name: string, values: Float32Array) => {
    const axes = plan.parameters[name];
    return axes ? widenWeight(values, shapes[name], axes, plan, maps, rule) : values;
  };
  for (const [name, variable] of Object.entries(wider.parameters)) {
    if (drawn && plan.parameters[name]) continue;
    assign(variable, grown(name, net.parameters[name].dataSync() as Float32Array));
  }
  for (const [name, variable] of Object.entries(wider.buffers)) {
    const rows = plan.buffers[name];
    if (drawn && rows) continue;
    const values = net.buffers[name].dataSync() as Float32Array;
    assign(variable, rows ? widenRows(values, variable, rows, plan, maps, rule) : values);
  }
  return {
    net: wider,
    maps,
    momentum: (state) =>
      Object.fromEntries(
        Object.entries(state)
          .filter(([name]) => wider.parameters[name] && !(drawn && plan.parameters[name]))
          .map(([name, values]) => [name, grown(name, values)]),
      ),
  };
}

const assign = (variable: tf.Variable, values: Float32Array) =>
  tf.tidy(() => variable.assign(tf.tensor(Float32Array.from(values), variable.shape)));

/** One weight (or its momentum) extended along the axes of its plan. */
function widenWeight(
  values: Float32Array,
  shape: number[],
  axes: AxisMap[],
  plan: WidenPlan,
  maps: ChannelMap[],
  rule: WideningRule,
): Float32Array {
  const dims = [...shape];
  return axes.reduce((array, { axis, draws, summed }) => {
    const map = laidOut(
      draws.map((d) => maps[d]),
      sizesOf(plan, draws),
    );
    const extended = gather(array, dims, axis, map, rule === 'net2net' && summed);
    dims[axis] = map.length;
    return extended;
  }, values);
}

/** out[…, j, …] = values[…, map[j], …] along an axis; divided by how often map has that channel, where asked for. */
export function gather(
  values: Float32Array,
  shape: number[],
  axis: number,
  map: ChannelMap,
  divided: boolean,
): Float32Array {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const copies = new Float64Array(shape[axis]);
  for (const channel of map) copies[channel] += 1;
  const out = new Float32Array(outer * map.length * inner);
  for (let o = 0; o < outer; o++) {
    map.forEach((channel, j) => {
      const from = (o * shape[axis] + channel) * inner;
      const to = (o * map.length + j) * inner;
      for (let i = 0; i < inner; i++)
        out[to + i] = divided ? values[from + i] / copies[channel] : values[from + i];
    });
  }
  return out;
}

/** Running statistics [rows, c]: each row of the plan follows its own maps; the others keep what a new supernet has there. */
function widenRows(
  values: Float32Array,
  wider: tf.Variable,
  rows: WidenPlan['buffers'][string],
  plan: WidenPlan,
  maps: ChannelMap[],
  rule: WideningRule,
): Float32Array {
  const out = Float32Array.from(wider.dataSync() as Float32Array);
  const count = wider.shape.length > 1 ? wider.shape[0] : 1;
  const [from, to] = [values.length / count, out.length / count];
  for (const { row, draws } of rows) {
    const layout = rule === 'reference' && draws.length > 1 ? misplaced : laidOut;
    const map = layout(
      draws.map((d) => maps[d]),
      sizesOf(plan, draws),
    );
    map.forEach((channel, j) => {
      out[row * to + j] = values[row * from + channel];
    });
  }
  return out;
}
