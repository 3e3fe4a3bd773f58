// Saves and restores the state of a search, so that an interrupted run continues to the same bits.
import * as tf from '@tensorflow/tfjs';
import { rebuildForStage } from './progressive/stage.js';
import { architectureVariables, type SearchState } from './state.js';
import { type NamedArrays, readTensorFile, writeTensorFile } from './tensorFile.js';

export interface CheckpointPlace {
  /** Digest of the configuration and the data; a checkpoint of another one is refused. */
  digest: string;
  /** Length in bytes of the metrics file that belongs to this checkpoint. */
  metricsBytes: number;
}

/** The arrays under names that begin with `prefix/`. */
export const withPrefix = (prefix: string, arrays: NamedArrays): NamedArrays =>
  Object.fromEntries(Object.entries(arrays).map(([name, values]) => [`${prefix}/${name}`, values]));

/** Those of the arrays whose names begin with `prefix/`, without it. */
export function ofPrefix(prefix: string, arrays: NamedArrays): NamedArrays {
  const chosen = Object.entries(arrays).filter(([name]) => name.startsWith(`${prefix}/`));
  return Object.fromEntries(chosen.map(([name, values]) => [name.slice(prefix.length + 1), values]));
}

/** Copies of the values of variables. */
export const valuesOf = (variables: Record<string, tf.Variable>): NamedArrays =>
  Object.fromEntries(
    Object.entries(variables).map(([name, v]) => [name, Float32Array.from(v.dataSync() as Float32Array)]),
  );

/**
 * Writes alpha, weights, running statistics and both optimisers' states; of a later stage also its k and mask; the edges'
 * parameters and the losses' moving average where there are any. Noise is no state: its streams are named by the step.
 * `extra` are a rival's own arrays (rivals/sharing/state.ts).
 */
export function saveCheckpoint(
  path: string,
  state: SearchState,
  place: CheckpointPlace,
  extra: NamedArrays = {},
): void {
  const { lossAverage } = state;
  const arrays = {
    ...withPrefix('extra', extra),
    ...withPrefix('parameters', valuesOf(state.net.parameters)),
    ...withPrefix('buffers', valuesOf(state.net.buffers)),
    ...withPrefix('momentum', state.weightOptimiser.exportState()),
    ...withPrefix('adam', state.alphaOptimiser.exportState()),
    alpha: Float32Array.from(state.alpha.dataSync()),
    ...(state.edges ? { edges: Float32Array.from(state.edges.dataSync()) } : {}),
    ...(lossAverage.count > 0 ? { lossAverage: Float64Array.of(lossAverage.mean, lossAverage.count) } : {}),
  };
  writeTensorFile(path, arrays, {
    format: 'drnas-search-1',
    digest: place.digest,
    metricsBytes: String(place.metricsBytes),
    epoch: String(state.epoch),
    step: String(state.step),
    ...(state.stage > 0
      ? { stage: String(state.stage), k: String(state.net.shape.k), mask: JSON.stringify(state.mask) }
      : {}),
  });
}

/** Gives variables the values of equal name; `path` is for the error where one is missing or has another size. */
export function assignAll(variables: Record<string, tf.Variable>, arrays: NamedArrays, path: string): void {
  for (const [name, variable] of Object.entries(variables)) {
    const values = arrays[name];
    if (!values || values.length !== variable.size) {
      throw new Error(`${path}: ${name} has ${values?.length ?? 'no'} values, expected ${variable.size}`);
    }
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape, 'float32')));
  }
}

/** Refuses a checkpoint of another run. */
export function checkDigest(path: string, found: string | undefined, expected: string): void {
  if (found === expected) return;
  throw new Error(
    `${path} belongs to another configuration or data set (digest ${found?.slice(0, 12)}, this run has ${expected.slice(0, 12)}): ` +
      'resume with the settings in its manifest.json, or choose another output folder',
  );
}

/** Restores `state` from a file; refuses one of another configuration. Returns where the metrics end, and the extra arrays. */
export function loadCheckpoint(
  path: string,
  state: SearchState,
  digest: string,
): CheckpointPlace & { extra: NamedArrays } {
  const { arrays, metadata } = readTensorFile(path);
  checkDigest(path, metadata.digest, digest);
  if (metadata.stage) {
    const { stage, k, mask } = metadata;
    rebuildForStage(state, { stage: Number(stage), k: Number(k), mask: JSON.parse(mask) });
  }
  assignAll(state.net.parameters, ofPrefix('parameters', arrays), path);
  assignAll(state.net.buffers, ofPrefix('buffers', arrays), path);
  assignAll(architectureVariables(state), arrays, path);
  const [mean, count] = arrays.lossAverage ?? [0, 0];
  state.lossAverage = { mean, count };
  state.weightOptimiser.importState(ofPrefix('momentum', arrays) as Record<string, Float32Array>);
  state.alphaOptimiser.importState(ofPrefix('adam', arrays) as Record<string, Float64Array>);
  state.epoch = Number(metadata.epoch);
  state.step = Number(metadata.step);
  return { digest, metricsBytes: Number(metadata.metricsBytes), extra: ofPrefix('extra', arrays) };
}
