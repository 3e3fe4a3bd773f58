// A tfjs backend that knows the sizes of its tensors and nothing of their values; it counts how many bytes are there at once.
import {
  type BackendValues,
  type DataId,
  DataStorage,
  type DataType,
  engine,
  KernelBackend,
  registerKernel,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { type Made, type SizeKernel, sizeKernels } from './sizeKernels.js';

export const sizeName = 'drnas-sizes';

interface Size {
  bytes: number;
  elements: number;
  dtype: DataType;
  refCount: number;
  values?: BackendValues;
}

/** Values that a program wrote are kept up to this size, because it may read its own alpha or loss. */
const KEPT = 1 << 16;

export class SizeBackend extends KernelBackend {
  private readonly data = new DataStorage<Size>(this, engine() as never);
  private bytes = 0;
  /** The most bytes at once. */
  peak = 0;

  private add(
    shape: number[],
    dtype: DataType,
    values: BackendValues | null,
    refCount: number,
    at?: DataId,
  ): DataId {
    const dataId = at ?? {};
    const elements = util.sizeFromShape(shape);
    const bytes = elements * util.bytesPerElement(dtype);
    this.bytes += bytes;
    this.peak = Math.max(this.peak, this.bytes);
    const kept = values && elements <= KEPT ? { values } : {};
    this.data.set(dataId, { bytes, elements, dtype, refCount, ...kept });
    return dataId;
  }
  make({ shape, dtype = 'float32' }: Made): TensorInfo {
    return { dataId: this.add(shape, dtype, null, 1), shape, dtype };
  }
  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    return this.add(shape, dtype, values, 1);
  }
  override move(id: DataId, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    this.add(shape, dtype, values, refCount, id);
  }
  override readSync(dataId: DataId): BackendValues {
    const { values, elements, dtype } = this.data.get(dataId);
    return values ?? util.makeZerosTypedArray(elements, dtype as 'float32');
  }
  override async read(dataId: DataId): Promise<BackendValues> {
    return this.readSync(dataId);
  }
  override refCount(dataId: DataId): number {
    return this.data.has(dataId) ? this.data.get(dataId).refCount : 0;
  }
  override incRef(dataId: DataId): void {
    this.data.get(dataId).refCount++;
  }
  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const entry = this.data.get(dataId);
    entry.refCount--;
    if (!force && entry.refCount > 0) return false;
    this.bytes -= entry.bytes;
    this.data.delete(dataId);
    return true;
  }
  override numDataIds(): number {
    return this.data.numDataIds();
  }
  override memory() {
    return { unreliable: true };
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override timerAvailable(): boolean {
    return false;
  }
  override dispose(): void {}
}

let kernelsAreThere = false;

/** Registers the kernels of the backend, once. */
export function registerSizeKernels(): void {
  if (kernelsAreThere) return;
  kernelsAreThere = true;
  for (const [kernelName, kernel] of Object.entries(sizeKernels)) {
    registerKernel({
      kernelName,
      backendName: sizeName,
      kernelFunc: ({ inputs, attrs, backend }) =>
        run(backend as SizeBackend, kernel, inputs as Record<string, TensorInfo>, attrs as object),
    });
  }
}

function run(
  backend: SizeBackend,
  kernel: SizeKernel,
  inputs: Record<string, TensorInfo>,
  attributes: object,
): TensorInfo | TensorInfo[] {
  const result = kernel(inputs, attributes);
  if (Array.isArray(result)) return result.map((one) => backend.make(one));
  if (!('of' in result)) return backend.make(result);
  const { of, as } = result;
  backend.incRef(of.dataId);
  return { dataId: of.dataId, shape: as.shape, dtype: as.dtype ?? of.dtype };
}
