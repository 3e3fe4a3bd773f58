// The thread on which tfjs's webgpu backend runs, on Dawn (the npm package "webgpu"). Plain JavaScript: no loader runs in here.
//
// WebGPU can be read only asynchronously, and the kit reads a loss or a gradient in the middle of a step. So the backend lives
// here, and the main thread, which waits, sends it one kernel after the other: see remote.ts.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { workerData } from 'node:worker_threads';

const { port, signal, root, flags } = workerData;
const require = createRequire(join(root, 'package.json'));

/** Answers, and wakes the main thread. */
function answer(message) {
  port.postMessage(message);
  Atomics.add(signal, 0, 1);
  Atomics.notify(signal, 0);
}

const oneLine = (error) => (error instanceof Error ? error.message : String(error)).split('\n')[0];

/**
 * A browser keeps Vulkan's loader beside its software driver. Dawn asks for it by name alone, and gets this one if it is there
 * already; RTLD_NODELETE, since Node closes what is no addon.
 */
function preloadVulkan() {
  const beside = join(dirname(process.env.VK_DRIVER_FILES ?? ''), 'libvulkan.so.1');
  if (!process.env.VK_DRIVER_FILES || process.platform !== 'linux' || !existsSync(beside)) return;
  const RTLD_NODELETE = 0x1000;
  try {
    process.dlopen({ exports: {} }, beside, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch {
    // It is no addon; it stays.
  }
}

async function start() {
  preloadVulkan();
  const { create, globals } = require('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create(flags);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('WebGPU finds no adapter');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true, writable: true });
  const tf = require('@tensorflow/tfjs-core');
  require('@tensorflow/tfjs-backend-cpu');
  require('@tensorflow/tfjs-backend-webgpu');
  const { vendor, architecture, device, description } = adapter.info ?? {};
  const title = description || [vendor, architecture, device].filter(Boolean).join(' ');
  // In software the matrix product for small results (number 2 of tfjs's) takes a twentieth of the time of its others.
  if (/swiftshader|llvmpipe/i.test(title)) tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', 2);
  if (!(await tf.setBackend('webgpu'))) throw new Error('tfjs does not start its webgpu backend');
  return { tf, adapter: title };
}

function serve(tf) {
  const backend = tf.backend();
  const kernels = new Map(tf.getKernelsForBackend('webgpu').map((config) => [config.kernelName, config]));
  const dataIds = new Map(); // number -> tfjs's object for it
  const numbers = new WeakMap(); // and back
  let next = 1; // the main thread counts downwards

  const remember = (dataId) => {
    let number = numbers.get(dataId);
    if (number === undefined) {
      number = next++;
      numbers.set(dataId, number);
      dataIds.set(number, dataId);
    }
    return number;
  };
  const receive = ({ uploads, released }) => {
    for (const number of released) {
      backend.disposeData(dataIds.get(number), true);
      dataIds.delete(number);
    }
    for (const { id, values, shape, dtype } of uploads) {
      const dataId = backend.write(values, shape, dtype);
      numbers.set(dataId, id);
      dataIds.set(id, dataId);
    }
  };
  const tensorOf = (info) => info && { ...info, dataId: dataIds.get(info.id) };
  const run = ({ kernel, inputs, attrs }) => {
    const given = Array.isArray(inputs)
      ? inputs.map(tensorOf)
      : Object.fromEntries(Object.entries(inputs).map(([name, info]) => [name, tensorOf(info)]));
    const result = kernels.get(kernel).kernelFunc({ inputs: given, attrs, backend });
    const outputs = (Array.isArray(result) ? result : [result]).map(({ dataId, shape, dtype }) => ({
      id: remember(dataId),
      shape,
      dtype,
    }));
    return { outputs, list: Array.isArray(result) };
  };
  port.on('message', async (message) => {
    try {
      receive(message);
      if (message.kernel) answer(run(message));
      else if (message.read !== undefined) answer({ values: await backend.read(dataIds.get(message.read)) });
      else answer({});
    } catch (error) {
      answer({ error: oneLine(error) });
    }
  });
  return [...kernels.keys()];
}

try {
  const { tf, adapter } = await start();
  port.postMessage({ kernels: serve(tf), adapter });
} catch (error) {
  port.postMessage({ error: oneLine(error) });
  port.close();
}
