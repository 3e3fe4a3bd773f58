// A tfjs backend whose tensors lie in an engine's memory, so that compiled kernels work on them in place.
//
// tfjs's own cpu backend keeps each tensor as { values: typed array, dtype, refCount }. This one does too, and so
// every cpu kernel runs on it unchanged. Where those arrays lie is its own matter: results of compiled kernels lie
// in pooled blocks; what a cpu kernel returns in ordinary memory is copied to a block when a compiled kernel needs it.

import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { BackendValues, DataId, DataType, NumericDataType, TensorInfo } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import type { Block, Engine } from './engine.js';
import { createPool, type Pool } from './memory.js';

interface PooledData {
  values: BackendValues;
  dtype: DataType;
  refCount: number;
  /** The block that `values` lies in, once it lies in one. */
  block?: Block;
}

type Numbers = Float32Array | Int32Array | Uint8Array;

const bytesPerElement = (dtype: DataType): number => (dtype === 'bool' ? 1 : 4);

function viewOf(block: Block, dtype: DataType, elements: number): Numbers {
  const { buffer, offset, readable } = block;
  const count = readable === undefined ? elements : Math.min(elements, readable / bytesPerElement(dtype));
  if (dtype === 'float32') return new Float32Array(buffer, offset, count);
  if (dtype === 'int32') return new Int32Array(buffer, offset, count);
  if (dtype === 'bool') return new Uint8Array(buffer, offset, count);
  throw new Error(`tensors of dtype ${dtype} do not lie in engine memory; expected float32, int32 or bool`);
}

export class DrnasBackend extends MathBackendCPU {
  readonly pool: Pool;
  private scratchBlock: Block | undefined;
  /** What the kernel that runs has made so far; undefined while none runs. */
  private made: DataId[] | undefined;

  constructor(
    readonly engine: Engine,
    readonly name: string,
    { limit = Number.POSITIVE_INFINITY } = {},
  ) {
    super();
    this.pool = createPool(engine, { limit });
    (this as unknown as { firstUse: boolean }).firstUse = false; // else tfjs recommends another backend
  }

  private entry(dataId: DataId): PooledData {
    return this.data.get(dataId) as unknown as PooledData;
  }

  /** A new tensor in engine memory, its values not yet set. */
  output(shape: readonly number[], dtype: NumericDataType = 'float32'): TensorInfo {
    const count = util.sizeFromShape(shape as number[]);
    const block = this.pool.take(
      count * bytesPerElement(dtype),
      () => `a tensor of shape [${shape}], dtype ${dtype},`,
    );
    const dataId = super.write(viewOf(block, dtype, count), shape as number[], dtype);
    this.entry(dataId).block = block;
    this.made?.push(dataId);
    return { dataId, shape: shape as number[], dtype };
  }

  /** Runs a kernel. Where it throws, what it made is freed: tfjs never sees those tensors. */
  attempt<T>(kernel: () => T): T {
    const made: DataId[] = [];
    this.made = made;
    try {
      return kernel();
    } catch (error) {
      for (const dataId of made) this.disposeData(dataId, true);
      throw error;
    } finally {
      this.made = undefined;
    }
  }

  /** The address of a tensor's values for a kernel; values in ordinary memory move to a block first. */
  address(tensor: TensorInfo): number {
    const entry = this.entry(tensor.dataId);
    if (!entry)
      throw new Error(`a tensor of shape [${tensor.shape}] was disposed before a kernel could read it`);
    if (!entry.block) this.adopt(entry, tensor);
    return entry.block!.address;
  }

  private adopt(entry: PooledData, { shape, dtype }: TensorInfo): void {
    const values = entry.values as Numbers;
    const block = this.pool.take(
      values.length * bytesPerElement(dtype),
      () => `a tensor of shape [${shape}], dtype ${dtype},`,
    );
    const view = viewOf(block, dtype, values.length);
    view.set(view.length < values.length ? values.subarray(0, view.length) : values);
    entry.values = view as BackendValues;
    entry.block = block;
  }

  /** The address of working memory for one kernel call; the next call may overwrite it. */
  scratch(bytes: number): number {
    if (!this.scratchBlock || this.scratchBlock.bytes < bytes) {
      if (this.scratchBlock) this.pool.give(this.scratchBlock);
      this.scratchBlock = undefined;
      this.scratchBlock = this.pool.take(bytes, () => 'working memory of a kernel');
    }
    return this.scratchBlock.address;
  }

  /** The values themselves, to be read or changed in place; not to be kept. */
  values(tensor: TensorInfo): Numbers {
    return this.entry(tensor.dataId).values as Numbers;
  }

  /** A view of pooled memory must not outlive its block: cpu kernels return such views (slice does), so copy. */
  private detached(values: BackendValues): BackendValues {
    const array = values as Numbers;
    return ArrayBuffer.isView(values) && this.pool.owns(array.buffer)
      ? (array.slice() as BackendValues)
      : values;
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    return super.write(values && this.detached(values), shape, dtype);
  }

  override move(
    dataId: DataId,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    super.move(dataId, values && this.detached(values), shape, dtype as NumericDataType, refCount);
  }

  override readSync(dataId: DataId): BackendValues {
    return this.detached(super.readSync(dataId));
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const block = this.data.has(dataId) ? this.entry(dataId).block : undefined;
    const gone = super.disposeData(dataId, force);
    if (gone && block) this.pool.give(block);
    return gone;
  }

  override dispose(): void {}
}
