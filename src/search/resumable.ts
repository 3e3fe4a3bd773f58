// The frame of every run, a search's or a training's: one process a folder, events logged, a checkpoint an epoch, resumable.
import { closeSync, existsSync, fsyncSync, openSync, statSync, truncateSync, writeSync } from 'node:fs';
import { takeLock } from '../lock.js';
import type { CheckpointPlace } from './checkpoint.js';
import { DivergedError } from './events.js';
import { checkFolder, paths, prepareFolder, readJson, writeJson } from './folder.js';
import type { BackendRecord, RunRecord } from './manifest.js';

export interface ResumableOptions<Event> {
  folder: string;
  backend: BackendRecord;
  /** Continue a run that is already in the folder; without it such a folder is refused. A finished run is returned as it is. */
  resume?: boolean;
  signal?: AbortSignal;
  onEvent?: (event: Event) => void;
  log?: (line: string) => void;
}

/** What one kind of run does where all kinds differ. */
export interface RunKind<State, Event, Manifest, Result> {
  /** Of what determines the run's numbers; a folder or a checkpoint with another one is refused. */
  digest: string;
  /** How many epochs it has. */
  epochs: number;
  createManifest(): Manifest;
  createState(): State;
  disposeState(state: State): void;
  loadState(path: string, state: State, digest: string): CheckpointPlace;
  saveState(path: string, state: State, place: CheckpointPlace): void;
  /** Goes on from the state. The metrics file then ends where the state does. */
  events(state: State): AsyncIterable<Event>;
  /** Whether a step goes into the metrics file; all other events do. */
  logsStep(step: number): boolean;
  /** Called once after the last epoch, for the result and for files beside it. */
  finish(state: State): Result;
  /** The epochs and the result that a finished folder holds. */
  readFinished(): { epochs: Event[]; result?: Result };
}

/** Starts or continues a run and returns its result. Interruption by the signal rejects with its reason. */
export async function resumableRun<
  State extends { epoch: number },
  Event extends { event: string; step: number },
  Manifest extends RunRecord,
  Result,
>(
  kind: RunKind<State, Event, Manifest, Result>,
  { folder, backend, resume = false, onEvent, log = () => {} }: Omit<ResumableOptions<Event>, 'signal'>,
): Promise<Result> {
  const { digest } = kind;
  const file = paths(folder);
  const found = checkFolder(folder, digest, resume);
  if (found === 'finished') {
    log(`${folder} is finished already; its stored result is used`);
    const { epochs, result } = kind.readFinished();
    for (const event of epochs) onEvent?.(event);
    return result!;
  }
  prepareFolder(folder);
  const release = takeLock(file.lock);
  let state: State | undefined;
  try {
    state = kind.createState();
    let metricsBytes = 0;
    let manifest: Manifest;
    if (found === 'new') {
      manifest = kind.createManifest();
    } else {
      manifest = readJson<Manifest>(file.manifest);
      if (existsSync(file.checkpoint))
        metricsBytes = kind.loadState(file.checkpoint, state, digest).metricsBytes;
      if (manifest.backend.engine !== backend.engine) {
        log(
          `this run began on ${manifest.backend.engine} and goes on with ${backend.engine}: its last digits will differ from an uninterrupted run`,
        );
      }
      log(`resuming ${folder} after epoch ${state.epoch} of ${kind.epochs}`);
      manifest.resumed.push(new Date().toISOString());
      manifest.status = 'running';
    }
    writeJson(file.manifest, manifest);
    const metrics = openSync(file.metrics, 'a');
    try {
      // What was logged after the checkpoint is computed again.
      truncateSync(file.metrics, Math.min(metricsBytes, statSync(file.metrics).size));
      for await (const event of kind.events(state)) {
        const isStep = event.event === 'step';
        if (!isStep || kind.logsStep(event.step)) writeSync(metrics, `${JSON.stringify(event)}\n`);
        if (!isStep) {
          fsyncSync(metrics);
          kind.saveState(file.checkpoint, state, { digest, metricsBytes: statSync(file.metrics).size });
        }
        onEvent?.(event);
      }
    } finally {
      closeSync(metrics);
    }
    const result = kind.finish(state);
    // The result comes last: without it the run is not finished, and going on makes up what a kill in between left out.
    writeJson(file.manifest, { ...manifest, status: 'finished' });
    writeJson(file.result, result);
    return result;
  } catch (error) {
    const status = error instanceof DivergedError ? 'diverged' : 'interrupted';
    if (existsSync(file.manifest)) writeJson(file.manifest, { ...readJson<Manifest>(file.manifest), status });
    throw error;
  } finally {
    if (state) kind.disposeState(state);
    release();
  }
}
