// Starts tfjs's webgpu backend on Dawn, on a thread of its own, and registers it here under its own name.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs';
import { projectRoot } from '../../root.js';
import { oneLine } from '../oneLine.js';
import { RemoteBackend } from './remote.js';

export const webgpuName = 'webgpu';
const PACKAGES = ['webgpu', '@tensorflow/tfjs-backend-webgpu'];

/** Where browsers keep SwiftShader, a Vulkan driver that computes on the CPU: right, and about a thousand times slower. */
const SOFTWARE_DRIVERS = [
  '/usr/lib/chromium/vk_swiftshader_icd.json',
  '/usr/lib64/chromium-browser/vk_swiftshader_icd.json',
  '/usr/lib/chromium-browser/vk_swiftshader_icd.json',
  '/opt/google/chrome/vk_swiftshader_icd.json',
];

/** The description of a software Vulkan driver for VK_DRIVER_FILES, where this machine has one. */
export const softwareDriver = (): string | undefined => SOFTWARE_DRIVERS.find(existsSync);

interface Introduction {
  error?: string;
  kernels: string[];
  adapter: string;
}

/**
 * Registers the backend `webgpu` and gives the name of the card (or software) that computes.
 * @throws where a package or a card is missing; the message is one line.
 */
export async function registerWebgpu({ root = projectRoot() } = {}): Promise<string> {
  const present = tf.findBackend(webgpuName) as unknown as { adapter?: string } | undefined;
  if (present) return present.adapter ?? 'webgpu';
  const resolver = createRequire(join(root, 'package.json'));
  for (const name of PACKAGES) {
    try {
      resolver.resolve(name);
    } catch {
      throw new Error(`${name} is not installed`);
    }
  }
  const { port1, port2 } = new MessageChannel();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(join(root, 'src', 'backend', 'webgpu', 'worker.mjs'), {
    workerData: { port: port2, signal, root, flags: [] },
    transferList: [port2],
    execArgv: [],
  });
  const { adapter, kernels } = await introduction(worker, port1);
  worker.unref();
  port1.unref();
  const backend = Object.assign(new RemoteBackend(port1, signal), { adapter });
  for (const kernelName of kernels) {
    tf.registerKernel({
      kernelName,
      backendName: webgpuName,
      kernelFunc: ({ inputs, attrs }) => backend.run(kernelName, inputs as never, attrs ?? {}),
    });
  }
  tf.registerBackend(webgpuName, () => backend, 0); // priority 0: tfjs never chooses it by itself
  return adapter;
}

function introduction(worker: Worker, port: MessageChannel['port1']): Promise<Introduction> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      void worker.terminate();
      const advice =
        String(error).includes('no adapter') && softwareDriver()
          ? `; for trials on the CPU set VK_DRIVER_FILES=${softwareDriver()}`
          : '';
      reject(new Error(`${oneLine(error)}${advice}`));
    };
    worker.once('error', fail);
    worker.once('exit', (code) => fail(new Error(`its thread ended with status ${code}`)));
    port.once('message', (message: Introduction) => {
      if (message.error) return fail(new Error(message.error));
      worker.removeAllListeners('exit');
      resolve(message);
    });
  });
}
