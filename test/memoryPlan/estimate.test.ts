// The reckoned memory of a search against what its steps really take, on our engine and on tfjs's own kernels.
import * as tf from '@tensorflow/tfjs';
import { registerBackend } from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { DrnasBackend } from '../../src/backend/backend.js';
import type { Engine } from '../../src/backend/engine.js';
import { registerEngine, registered, registerWasm, wasmName } from '../../src/backend/register.js';
import { reckonedText } from '../../src/cli/memory.js';
import { memoryConfig, reckonMemory } from '../../src/experiments/memory.js';
import { checkMemory } from '../../src/memoryPlan/check.js';
import { estimateMemory, searchPasses } from '../../src/memoryPlan/estimate.js';
import { boundOf, planMemory, plannedEngine } from '../../src/memoryPlan/plan.js';
import { type SearchConfig, searchConfig } from '../../src/search/config.js';
import { rejection } from '../data/files.js';

const DATA = { classes: 10, imageChannels: 3 };
const SIZES = {
  nasbench201: { space: 'nasbench201', channels: 8, cells: 1, imageSize: 8, batchSize: 8 },
  darts: { space: 'darts', channels: 8, cells: 3, imageSize: 8, batchSize: 4 },
} as const;

/** The most bytes of all tensors at once while `run` is under way on tfjs's cpu backend. */
async function peakOnCpu(run: () => void): Promise<number> {
  await tf.setBackend('cpu');
  const backend = tf.backend() as unknown as Record<'write' | 'disposeData', (...args: unknown[]) => unknown>;
  const { write, disposeData } = backend;
  const sizes = new Map<unknown, number>();
  let bytes = 0;
  let peak = 0;
  backend.write = function (...args) {
    const [, shape, dtype] = args as [unknown, number[], tf.DataType];
    const id = write.apply(this, args);
    sizes.set(id, tf.util.sizeFromShape(shape) * tf.util.bytesPerElement(dtype));
    bytes += sizes.get(id)!;
    peak = Math.max(peak, bytes);
    return id;
  };
  backend.disposeData = function (...args) {
    const gone = disposeData.apply(this, args);
    if (gone) {
      bytes -= sizes.get(args[0]) ?? 0;
      sizes.delete(args[0]);
    }
    return gone;
  };
  try {
    run();
  } finally {
    Object.assign(backend, { write, disposeData });
  }
  return peak;
}

describe('the reckoned memory of a search', function () {
  this.timeout(60_000);
  let engine: Engine;
  before(async () => {
    // The engine that the estimate asks, too: where one is in use already, it keeps its threads, and with them its scratch.
    if (!registered(wasmName)) await registerWasm({ threads: 1 });
    engine = registered(wasmName)!.engine;
    registerEngine(engine, 'drnas-measured');
    tf.removeBackend('drnas-measured');
  });

  for (const options of Object.values(SIZES)) {
    for (const k of [1, 4]) {
      const config = { ...memoryConfig(options, k), evaluationImages: 10 };

      it(`is to the byte what our engine takes: ${options.space}, k = ${k}`, async () => {
        const { tensors } = await estimateMemory(config, { engine: 'wasm', threads: 1, data: DATA });
        // A backend of its own each time: its pool remembers its peak.
        const backend = new DrnasBackend(engine, 'drnas-measured');
        registerBackend('drnas-measured', () => backend, 0);
        await tf.setBackend('drnas-measured');
        searchPasses(config, DATA);
        expect(tensors).to.equal(backend.pool.statistics().peak);
        await tf.setBackend('cpu');
        tf.removeBackend('drnas-measured');
      });
    }

    it(`is within 5 % of what a composition of tfjs's kernels takes: ${options.space}`, async () => {
      const config = { ...memoryConfig({ ...options, batchSize: 2 }, 4), evaluationImages: 0 };
      const { tensors } = await estimateMemory(config, { engine: 'composition', data: DATA });
      const measured = await peakOnCpu(() => searchPasses(config, DATA));
      expect(tensors / measured).to.be.within(0.95, 1.05);
    });
  }

  it('is known where alpha goes through a step of the weights, which needs more, and where it never learns', async () => {
    const base = memoryConfig({ ...SIZES.nasbench201, batchSize: 32 }, 1);
    const tensors = async (overrides: Partial<SearchConfig>) =>
      (await estimateMemory({ ...base, evaluationImages: 0, ...overrides }, { engine: 'wasm', threads: 1 }))
        .tensors;
    const first = await tensors({ sampler: 'softmax' });
    expect(await tensors({ sampler: 'softmax', order: 2 })).to.be.above(first);
    // No step of alpha, and one operation an edge.
    const path = { sampler: 'uniform-path', regulariser: 'none', regulariserWeight: 0 } as const;
    expect(await tensors(path)).to.be.below(first);
  });

  it('leaves backend, tensors and memory as they were', async () => {
    await tf.setBackend('cpu');
    const before = tf.memory();
    await estimateMemory(memoryConfig(SIZES.darts, 2), { engine: 'composition' });
    await estimateMemory(memoryConfig(SIZES.darts, 2), { engine: 'wasm', threads: 1 });
    expect(tf.getBackend()).to.equal('cpu');
    const after = tf.memory();
    expect([after.numTensors, after.numBytes]).to.deep.equal([before.numTensors, before.numBytes]);
  });

  it('counts each stage of a schedule, its pruned operations left out, and takes the largest', async () => {
    const stages = [
      { k: 4, operations: 7, epochs: 1, frozenEpochs: 0 },
      { k: 2, operations: 3, epochs: 1, frozenEpochs: 0 },
    ];
    const config = searchConfig('smoke', { space: 'darts', channels: 8, stages });
    const { stages: both, tensors } = await estimateMemory(config, { engine: 'wasm', threads: 1 });
    expect(both.map(({ k, operations }) => [k, operations])).to.deep.equal([
      [4, 7],
      [2, 3],
    ]);
    expect(tensors).to.equal(Math.max(both[0].tensors, both[1].tensors));
    const whole = await estimateMemory({ ...config, stages: null, k: 2 }, { engine: 'wasm', threads: 1 });
    expect(both[1].tensors).to.be.below(0.95 * whole.tensors);
    expect(both[1].parameters).to.be.below(whole.stages[0].parameters);
  });

  it('falls with k in a table that says what fits', async () => {
    const rows = await reckonMemory({ ...SIZES.darts, threads: 1 }, [1, 4], 'wasm');
    expect(rows[1].tensors).to.be.below(0.8 * rows[0].tensors);
    const text = reckonedText(rows, rows[1].taken);
    expect(text).to.match(/k +weights.*fits\n.* no\n.*yes$/);
  });

  it('lets a search pass that fits, at once where it is tiny, and refuses another with what would fit', async () => {
    const config = memoryConfig(SIZES.darts, 1);
    const options = { engine: 'wasm', threads: 1, data: DATA } as const;
    expect((await planMemory(config, options)).estimate).to.equal(undefined);
    const { taken } = await estimateMemory(config, options);
    const backend = { name: 'drnas-wasm', engine: 'wasm (simd128)', threads: 1 };
    const check = (memory: number) => checkMemory(config, { backend, memory, data: DATA });
    await check(taken);
    const { message } = await rejection(check(taken - 1));
    expect(message).to.match(
      /k = 1, 8 pixels, batch 4.*the memory given has .*what would fit: .*--k [248] .*--memory none/,
    );
    expect((await rejection(check(1000))).message).to.contain('use fewer of them, or smaller images');
    await check(Number.POSITIVE_INFINITY);
    // What a GPU has is not known unless it is said.
    await checkMemory(config, { backend: { ...backend, name: 'webgpu' }, data: DATA });
  });

  it('knows the limit of a wasm module, and takes a GPU’s memory as given', () => {
    const machine = { bytes: 64 * 2 ** 30, of: 'this machine' };
    expect(boundOf('wasm', undefined, machine).bytes).to.equal(4 * 2 ** 30);
    expect(boundOf('native', undefined, machine)).to.equal(machine);
    expect(boundOf('composition', 16e9, machine).bytes).to.equal(16e9);
    expect(['drnas-native', 'drnas-wasm', 'tensorflow', 'webgpu', 'cpu'].map(plannedEngine)).to.deep.equal([
      ...['native', 'wasm', 'composition', 'composition', 'composition'],
    ]);
  });
});
