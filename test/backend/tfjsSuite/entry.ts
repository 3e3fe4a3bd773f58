// What esbuild bundles: tfjs-core with its own test files, and our backends registered with that same tfjs-core.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';
import { registerNative, registerWasm } from '../../../src/backend/register.js';

/** Registers the backend and lets tfjs's test files describe their tests for it. */
export async function describeAll(backendName: string): Promise<void> {
  const quiet = { threads: 2, log: () => {} };
  if (backendName === 'drnas-native') registerNative(quiet);
  if (backendName === 'drnas-wasm') await registerWasm(quiet);
  setTestEnvs([{ name: backendName, backendName, isDataSync: true }]);
  await import('@tensorflow/tfjs-core/dist/tests.js');
}
