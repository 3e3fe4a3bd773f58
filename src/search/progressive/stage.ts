// The boundary between two stages: prune, then widen; optimisers go on; and how far the output jumps is measured.
import * as tf from '@tensorflow/tfjs';
import { createStream } from '../../random/stream.js';
import { disposeLayers } from '../../spaces/layers.js';
import type { SpaceSupernet } from '../../spaces/space.js';
import type { WideningRule } from '../config.js';
import type { Quality, StageEvent } from '../events.js';
import { alphaRows, type SearchState } from '../state.js';
import type { ChannelMap } from './channelMaps.js';
import { type Mask, prune, removePruned } from './prune.js';
import type { Stage } from './schedules.js';
import { widen } from './widen.js';

export interface BoundaryOptions {
  rule: WideningRule;
  seed: number;
  /** Loss and accuracy of the state's supernet on a fixed set of images, or null. */
  measure?: (state: SearchState) => Quality | null;
  /** Recorded maps instead of drawn ones. */
  maps?: ChannelMap[];
}

/**
 * Takes the state into its next stage, in the official order (201-space/train_search_progressive.py:230-250):
 * on each row the `stage.operations` largest alphas stay and the others become 0; the weights of the others are freed with
 * their momentum (the reference only masks them); the supernet grows to `stage.k`. The momentum of the weights is extended by
 * the same maps as the weights, that of unwidened ones stays, and so do the moments and the step count of alpha's Adam.
 * Returns the boundary's event without place and time.
 */
export function enterStage(
  state: SearchState,
  stage: Pick<Stage, 'k' | 'operations'>,
  options: BoundaryOptions,
): Pick<StageEvent, 'k' | 'operations' | 'mask' | 'parameters' | 'jump'> & { maps: ChannelMap[] } {
  const { rule, seed, maps: recorded, measure = () => null } = options;
  const size = () => Object.values(state.net.parameters).reduce((sum, p) => sum + p.size, 0);
  const parameters = { before: size(), after: 0 };
  const before = measure(state);

  const { alpha, mask } = prune(alphaRows(state), stage.operations, state.mask);
  tf.tidy(() => state.alpha.assign(tf.tensor2d(alpha)));
  state.mask = mask;
  removePruned(state.space, state.net, mask);
  keepMomentum(state, (momentum) =>
    Object.fromEntries(Object.entries(momentum).filter(([name]) => state.net.parameters[name])),
  );
  const pruned = measure(state);

  let maps: ChannelMap[] = [];
  if (stage.k !== state.net.shape.k) {
    const stream = createStream(seed, 'widen', state.stage + 1);
    const wider = widen(state.space, state.net, stage.k, { rule, stream, maps: recorded });
    maps = wider.maps;
    keepMomentum(state, wider.momentum);
    disposeLayers(state.net);
    state.net = wider.net;
  }
  state.stage += 1;
  parameters.after = size();
  return {
    k: stage.k,
    operations: stage.operations,
    mask,
    parameters,
    jump: { before, pruned, widened: measure(state) },
    maps,
  };
}

function keepMomentum(
  { weightOptimiser }: SearchState,
  change: (state: Record<string, Float32Array>) => Record<string, Float32Array>,
): void {
  weightOptimiser.importState(change(weightOptimiser.exportState()));
}

/** Gives the state the supernet of a later stage, with values that a checkpoint will replace. */
export function rebuildForStage(
  state: SearchState,
  { stage, k, mask }: { stage: number; k: number; mask: Mask },
): void {
  const old: SpaceSupernet = state.net;
  state.net = state.space.create({ ...old.shape, k }, createStream(0, 'replaced by a checkpoint'));
  disposeLayers(old);
  removePruned(state.space, state.net, mask);
  state.mask = mask;
  state.stage = stage;
}
