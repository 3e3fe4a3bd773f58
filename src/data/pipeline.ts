// Batches made ahead on other threads, in shared memory: the same bytes as makeBatch, whoever makes them.
import { Worker } from 'node:worker_threads';
import type { Stream } from '../random/stream.js';
import { type Batch, labelsOf, makeBatch, normalisedValues, pixelShape } from './batch.js';
import { CROP_NUMBERS, drawCrops, fillCrops } from './crop.js';
import {
  COUNT,
  DONE,
  FREE,
  HEAD,
  QUEUED,
  RECORD,
  SET,
  SIGNAL,
  STATE,
  STOP,
  TAKEN,
  TICKET,
  threadProgram,
} from './ring.js';
import { toShared } from './shared.js';
import type { Dataset, ImageSet } from './types.js';

/** The arguments of makeBatch, but for the data set. */
export interface BatchRequest {
  set: ImageSet;
  indices: ArrayLike<number>;
  stream?: Stream;
}

export interface PipelineOptions {
  /** Threads that make batches; 0 makes each when it is asked for. */
  threads?: number;
  /** Batches made ahead. */
  ahead?: number;
}

export interface BatchPipeline {
  /** The batch of the next request; undefined after the last. */
  next(): Batch | undefined;
  /** Stops the threads. The pipeline gives no batches afterwards. */
  close(): Promise<void>;
  /** How many batches the threads made, and how many the caller had to make. */
  readonly made: { threads: number; caller: number };
}

const DEFAULTS = { threads: 1, ahead: 4 };
const PATIENCE_MS = 2000; // a thread that takes longer over one batch is given up

/** Batches made when they are asked for. */
function synchronous(dataset: Dataset, requests: Iterator<BatchRequest>): BatchPipeline {
  const made = { threads: 0, caller: 0 };
  return {
    next() {
      const { done, value } = requests.next();
      if (done) return undefined;
      made.caller++;
      return makeBatch(dataset, value.set, value.indices, value.stream);
    },
    close: async () => {},
    made,
  };
}

/**
 * The batches of `requests`, in order. What is random is drawn here, when a request is taken in (up to `ahead` requests
 * before its batch is asked for); threads only move pixels. So the bytes are those of `makeBatch`, with any number of
 * threads. A batch that no thread has begun when it is asked for is made by the caller: a thread that is slow, could not
 * be started or has died costs time and nothing else.
 * All sets must be the data set's own `train` and `test`; the first request must be of the largest size.
 *
 * What it brings: no more than the time of makeBatch, 1 to 2 ms for 96 images of 32x32x3 (measured on two busy cores), less
 * some 0.8 ms for taking the batch over. Where a step takes seconds, as in the searches and trainings of this kit, that is
 * nothing, so they call makeBatch; where the caller does nothing between two batches, waiting makes it slower.
 */
export function batchPipeline(
  dataset: Dataset,
  requests: Iterable<BatchRequest>,
  options: PipelineOptions = {},
): BatchPipeline {
  const { threads, ahead } = { ...DEFAULTS, ...options };
  if (!Number.isInteger(threads) || threads < 0) throw new RangeError(`threads is ${threads}: use 0 or more`);
  if (!Number.isInteger(ahead) || ahead < 1) throw new RangeError(`ahead is ${ahead}: use 1 or more`);
  const source = requests[Symbol.iterator]();
  if (threads === 0) return synchronous(dataset, source);
  const first = source.next();
  if (first.done) return synchronous(dataset, source);

  const shape = pixelShape(dataset);
  const imageFloats = shape[0] * shape[1] * shape[2];
  const capacity = first.value.indices.length;
  const floats = capacity * imageFloats;
  const slots = ahead + 1;
  const stride = RECORD + CROP_NUMBERS * capacity;
  const control = new Int32Array(new SharedArrayBuffer(4 * (HEAD + slots * stride)));
  const x = new Float32Array(new SharedArrayBuffer(4 * slots * floats));
  const table = normalisedValues(dataset);
  const own = [dataset.train, dataset.test];
  const workerData = {
    control,
    x,
    table,
    sets: own.map((set) => toShared(set.images)),
    shape,
    slots,
    stride,
    floats,
  };
  const workers: Worker[] = [];
  try {
    for (let t = 0; t < threads; t++) {
      const program = threadProgram(fillCrops.toString());
      const worker = new Worker(program, { eval: true, workerData, execArgv: [], env: {} });
      worker.on('error', () => {}); // what it leaves undone is done by the caller
      worker.unref();
      workers.push(worker);
    }
  } catch {
    // No threads to be had: the caller makes all batches.
  }

  interface Pending {
    request: BatchRequest;
    crops: Int32Array;
    /** Place of its slot in `control`; -1 where it does not fit and the caller makes it. */
    at: number;
  }
  const made = { threads: 0, caller: 0 };
  const pending: Pending[] = [];
  const free = Array.from({ length: slots }, (_, slot) => HEAD + slot * stride);
  let ticket = 0;
  let head: IteratorResult<BatchRequest> | undefined = first;
  let closed = false;

  const takeIn = (): void => {
    while (pending.length < ahead) {
      const { done, value: request } = head ?? source.next();
      head = undefined;
      if (done) return;
      const crops = drawCrops(dataset, request.set, request.indices, request.stream);
      const set = own.indexOf(request.set);
      const fits = request.indices.length <= capacity && set >= 0;
      const at = fits ? (free.shift() ?? -1) : -1;
      pending.push({ request, crops, at });
      if (at < 0) continue;
      control.set(crops, at + RECORD);
      control[at + TICKET] = ticket++ | 0;
      control[at + COUNT] = request.indices.length;
      control[at + SET] = set;
      Atomics.store(control, at + STATE, QUEUED);
      Atomics.add(control, SIGNAL, 1);
      Atomics.notify(control, SIGNAL, 1);
    }
  };

  const collect = ({ request, crops, at }: Pending): Float32Array => {
    const count = request.indices.length;
    const mine = at < 0 || Atomics.compareExchange(control, at + STATE, QUEUED, TAKEN) === QUEUED;
    if (!mine && Atomics.load(control, at + STATE) === TAKEN)
      Atomics.wait(control, at + STATE, TAKEN, PATIENCE_MS);
    if (!mine && Atomics.load(control, at + STATE) === DONE) {
      const from = ((at - HEAD) / stride) * floats;
      const result = x.slice(from, from + count * imageFloats);
      free.push(at);
      made.threads++;
      return result;
    }
    const result = new Float32Array(count * imageFloats);
    fillCrops(result, request.set.images, table, crops, count, shape);
    // A slot whose thread never answered is not used again: it might still be written to.
    if (mine && at >= 0) {
      Atomics.store(control, at + STATE, FREE);
      free.push(at);
    }
    made.caller++;
    return result;
  };

  takeIn();
  return {
    next() {
      if (closed) throw new Error('the pipeline of batches was closed');
      takeIn();
      const oldest = pending.shift();
      if (!oldest) return undefined;
      const batch = { x: collect(oldest), y: labelsOf(oldest.request.set, oldest.request.indices) };
      takeIn(); // so that threads work while the caller does
      return batch;
    },
    async close() {
      if (closed) return;
      closed = true;
      Atomics.store(control, STOP, 1);
      Atomics.add(control, SIGNAL, 1);
      Atomics.notify(control, SIGNAL);
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
    made,
  };
}
