// Batches from picture files, decoded on several threads, a few batches ahead; memory holds those and no more.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Stream } from '../../random/stream.js';
import type { Batch } from '../batch.js';
import type { ImageFiles } from '../types.js';
import { type DecodeSettings, decodePicture, loadSharp, type Sharp, sharpPath } from './decode.js';
import { jitterPixels } from './jitter.js';
import { resampleWindow } from './resample.js';
import { drawWindow, windowOf } from './window.js';

/** Which pictures make a batch; with a stream they are cropped and mirrored at random, without, their middle is shown. */
export interface PictureRequest {
  indices: ArrayLike<number>;
  stream?: Stream;
  /** The next picture's changes of colour, for jitterPixels; called once a picture, in order. */
  colours?: () => number[];
}

export interface PictureOptions {
  /** Side of the images made. */
  size?: number;
  /** Threads that decode; 0 decodes in the calling one. Default: the processors, at most 16. */
  threads?: number;
  /** Batches under way at a time. */
  ahead?: number;
  /** Floats that are the bytes, 0 to 255, instead of normalised ones. */
  bytes?: boolean;
}

const DEFAULTS = { size: 224, threads: Math.min(16, availableParallelism()), ahead: 2, bytes: false };
// The reference's constants for ImageNet (DARTS-space/train_search_imagenet.py).
export const IMAGENET_MEAN = [0.485, 0.456, 0.406];
export const IMAGENET_STD = [0.229, 0.224, 0.225];

/** The options that have a value. */
const given = (options: PictureOptions): PictureOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

function normalised(): Float32Array {
  const at = (i: number) => (i % 256) / 255 - IMAGENET_MEAN[i >> 8];
  return Float32Array.from({ length: 3 * 256 }, (_, i) => at(i) / IMAGENET_STD[i >> 8]);
}

const threadProgram = () => `
const { parentPort, workerData } = require('node:worker_threads');
const sharp = require(workerData.sharp);
sharp.concurrency(1);
sharp.cache(false);
const windowOf = ${windowOf.toString()};
const resampleWindow = ${resampleWindow.toString()};
const jitterPixels = ${jitterPixels.toString()};
const decodePicture = ${decodePicture.toString()};
const { settings } = workerData;
parentPort.on('message', ({ id, file, x, numbers, colours }) => {
  decodePicture(sharp, file, x, settings, { numbers, colours }, { windowOf, resampleWindow, jitterPixels }).then(
    () => parentPort.postMessage({ id }),
    (error) => parentPort.postMessage({ id, problem: String(error.message) }),
  );
});
`;

interface Task {
  file: string;
  x: Float32Array;
  numbers?: number[];
  colours?: number[];
  finished: (problem?: string) => void;
}

/** Runs tasks on threads, each on that with the least to do; a thread that dies leaves its tasks to the caller. */
function decoders(threads: number, settings: DecodeSettings) {
  let sharp: Sharp | undefined;
  const work = { windowOf, resampleWindow, jitterPixels };
  const here = ({ file, x, numbers, colours, finished }: Task) => {
    sharp ??= loadSharp();
    decodePicture(sharp, file, x, settings, { numbers, colours }, work).then(
      () => finished(),
      (error: Error) => finished(error.message),
    );
  };
  const crew = new Map<Worker, Map<number, Task>>();
  for (let t = 0; t < threads; t++) {
    let worker: Worker;
    try {
      const workerData = { sharp: sharpPath(), settings };
      worker = new Worker(threadProgram(), { eval: true, workerData, execArgv: [] });
    } catch {
      break;
    }
    const tasks = new Map<number, Task>();
    crew.set(worker, tasks);
    worker.unref();
    worker.on('message', ({ id, problem }: { id: number; problem?: string }) => {
      const task = tasks.get(id);
      tasks.delete(id);
      if (tasks.size === 0) worker.unref();
      task?.finished(problem);
    });
    const leave = () => {
      crew.delete(worker);
      const left = [...tasks.values()];
      tasks.clear();
      for (const task of left) here(task);
    };
    worker.on('error', leave);
    worker.on('exit', leave);
  }
  let id = 0;
  return {
    give(task: Task) {
      let best: Worker | undefined;
      for (const worker of crew.keys())
        if (!best || crew.get(worker)!.size < crew.get(best)!.size) best = worker;
      if (!best) return here(task);
      crew.get(best)!.set(++id, task);
      best.ref(); // the process stays as long as a picture is under way
      const { file, x, numbers, colours } = task;
      best.postMessage({ id, file, x, numbers, colours });
    },
    async stop() {
      const all = [...crew.keys()];
      for (const tasks of crew.values()) tasks.clear();
      crew.clear();
      await Promise.all(all.map((worker) => worker.terminate()));
    },
  };
}

/**
 * The batches of `requests`, in order, [indices.length, size, size, 3]. Whatever is random is drawn from the requests'
 * streams, as many numbers for every picture, so the bytes do not depend on threads or on the order of their work.
 * @throws Error that names the file of a picture that cannot be read
 */
export async function* pictureBatches(
  pictures: ImageFiles,
  requests: Iterable<PictureRequest>,
  options: PictureOptions = {},
): AsyncGenerator<Batch> {
  const { size, threads, ahead, bytes } = { ...DEFAULTS, ...given(options) };
  for (const [name, value, least] of [
    ['size', size, 1],
    ['threads', threads, 0],
    ['ahead', ahead, 1],
  ] as const) {
    if (!Number.isInteger(value) || value < least)
      throw new RangeError(`${name} is ${value}: use a whole number of at least ${least}`);
  }
  const table = bytes ? Float32Array.from({ length: 3 * 256 }, (_, i) => i % 256) : normalised();
  const crew = decoders(threads, { size, table, mean: IMAGENET_MEAN, std: IMAGENET_STD });
  const floats = size * size * 3;

  const start = ({ indices, stream, colours }: PictureRequest): Promise<Batch> => {
    const x = new Float32Array(new SharedArrayBuffer(4 * indices.length * floats));
    const y = new Int32Array(indices.length);
    const work = Array.from(indices, (index, i) => {
      if (!(index >= 0 && index < pictures.count)) {
        throw new RangeError(`picture ${index}: the set has pictures 0 to ${pictures.count - 1}`);
      }
      y[i] = pictures.labels[index];
      const random = { numbers: stream && drawWindow(stream), colours: colours?.() };
      const file = join(pictures.root, pictures.files[index]);
      return new Promise<void>((resolve, reject) => {
        const finished = (problem?: string) =>
          problem === undefined
            ? resolve()
            : reject(
                new Error(
                  `${file} cannot be decoded (${problem}): the file is truncated or damaged; get it again`,
                ),
              );
        crew.give({ file, x: x.subarray(i * floats, (i + 1) * floats), ...random, finished });
      });
    });
    return Promise.all(work).then(() => ({ x: x.slice(), y }));
  };

  const underWay: Promise<Batch>[] = [];
  try {
    for (const request of requests) {
      const batch = start(request);
      batch.catch(() => {}); // reported when its turn comes
      underWay.push(batch);
      if (underWay.length >= ahead) yield await underWay.shift()!;
    }
    while (underWay.length > 0) yield await underWay.shift()!;
  } finally {
    await crew.stop();
  }
}
