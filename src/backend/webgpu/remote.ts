// A tfjs backend whose tensors and kernels live on another thread; this one waits for each answer, so that reads are synchronous.
//
// tfjs's webgpu backend can only be read asynchronously under Node, while tfjs's own gradients, and this kit's steps, are
// synchronous. The other thread has an event loop of its own, in which Dawn finishes a read while this thread sleeps.
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { BackendValues, DataId, DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { DataStorage, engine, KernelBackend } from '@tensorflow/tfjs-core';

interface Entry {
  /** What the other thread knows the data by; negative where it came from here. */
  id: number;
  shape: number[];
  dtype: DataType;
  refCount: number;
  /** Values that the other thread does not have yet. */
  values?: BackendValues;
}

interface Answer {
  error?: string;
  outputs?: { id: number; shape: number[]; dtype: DataType }[];
  list?: boolean;
  values?: BackendValues;
}

/** How long a kernel or a read may take: a software renderer compiles shaders for seconds. */
const PATIENCE = 600_000;

export class RemoteBackend extends KernelBackend {
  private readonly storage: DataStorage<Entry>;
  private readonly known = new Map<number, DataId>();
  /** Numbers of data to free, told with the next message. */
  private released: number[] = [];
  private nextId = -1;

  constructor(
    private readonly port: MessagePort,
    /** Counts the answers; this thread sleeps on it. */
    private readonly signal: Int32Array,
  ) {
    super();
    this.storage = new DataStorage(this, engine());
  }

  private ask(message: object): Answer {
    const released = this.released;
    this.released = [];
    this.port.postMessage({ uploads: [], ...message, released });
    const answer = this.wait();
    if (answer.error) throw new Error(`webgpu: ${answer.error}`);
    return answer;
  }

  /** Sleeps until there is an answer. */
  private wait(): Answer {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const count = Atomics.load(this.signal, 0);
      const received = receiveMessageOnPort(this.port);
      if (received) return received.message as Answer;
      const left = deadline - performance.now();
      if (left <= 0 || Atomics.wait(this.signal, 0, count, left) === 'timed-out')
        throw new Error(`the webgpu thread has not answered for ${PATIENCE / 1000} s`);
    }
  }

  /** Runs a kernel over there. */
  run(
    kernel: string,
    inputs: Record<string, TensorInfo> | TensorInfo[],
    attrs: object,
  ): TensorInfo | TensorInfo[] {
    const uploads: object[] = [];
    const told = (tensor: TensorInfo | undefined | null) => {
      if (!tensor) return undefined;
      const entry = this.storage.get(tensor.dataId);
      if (entry.values !== undefined) {
        uploads.push({ id: entry.id, values: entry.values, shape: entry.shape, dtype: entry.dtype });
        entry.values = undefined;
      }
      return { id: entry.id, shape: tensor.shape, dtype: tensor.dtype };
    };
    const given = Array.isArray(inputs)
      ? inputs.map(told)
      : Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, told(tensor)]));
    const { outputs, list } = this.ask({ kernel, inputs: given, attrs, uploads });
    const results = outputs!.map(({ id, shape, dtype }) => ({
      dataId: this.adopt(id, shape, dtype),
      shape,
      dtype,
    }));
    return list ? results : results[0];
  }

  /** A result's data; where it is that of an input (a reshape), one more holds on to it. */
  private adopt(id: number, shape: number[], dtype: DataType): DataId {
    const present = this.known.get(id);
    if (present) {
      this.storage.get(present).refCount++;
      return present;
    }
    const dataId = {};
    this.known.set(id, dataId);
    this.storage.set(dataId, { id, shape, dtype, refCount: 1 });
    return dataId;
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: DataId,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    const id = this.nextId--;
    this.known.set(id, dataId);
    // Its own copy: the values are sent only when a kernel needs them, and the caller may change its array until then.
    const own = ArrayBuffer.isView(values) ? ((values as Float32Array).slice() as BackendValues) : values;
    this.storage.set(dataId, { id, shape, dtype, refCount, values: own });
  }

  override readSync(dataId: DataId): BackendValues {
    const { id, values } = this.storage.get(dataId);
    return values ?? this.ask({ read: id }).values!;
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    return this.readSync(dataId);
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.storage.has(dataId)) return true;
    const entry = this.storage.get(dataId);
    entry.refCount--;
    if (!force && entry.refCount > 0) return false;
    if (entry.values === undefined) this.released.push(entry.id);
    this.known.delete(entry.id);
    this.storage.delete(dataId);
    return true;
  }

  override refCount(dataId: DataId): number {
    return this.storage.has(dataId) ? this.storage.get(dataId).refCount : 0;
  }

  override incRef(dataId: DataId): void {
    this.storage.get(dataId).refCount++;
  }

  override numDataIds(): number {
    return this.storage.numDataIds();
  }

  override memory() {
    return { unreliable: true, reasons: ['the memory of the GPU is not counted'] };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    this.port.close();
  }
}
