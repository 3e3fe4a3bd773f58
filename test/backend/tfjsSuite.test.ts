// tfjs-core's own test suite, some 4,200 tests of its ops and their gradients, run on our backends.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { build } from 'esbuild';
import { loadNative } from '../../src/backend/native.js';
import { projectRoot } from '../../src/root.js';

const root = projectRoot();

interface Report {
  passed: number;
  pending: number;
  failed: string[];
}

/**
 * The one test we fail on purpose: it expects tfjs's gradient of a padded average, which divides by the whole window
 * where the forward pass divides by the cells inside the image.
 */
const wrongInTfjs = ['avgPool', 'gradient x=[3,3,1] f=[3,3] s=1 p=explicit'];

describe("tfjs's own test suite", function () {
  this.timeout(240_000);
  let folder: string;
  let bundle: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'drnas-suite-'));
    bundle = join(folder, 'bundle.cjs');
    await build({
      entryPoints: [join(root, 'test', 'backend', 'tfjsSuite', 'entry.ts')],
      ...{ outfile: bundle, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' },
      mainFields: ['module', 'main'], // one tfjs-core for its tests and for us
      ignoreAnnotations: true, // tfjs calls its test files free of side effects
      external: ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'],
      plugins: [
        {
          name: 'jasmine runs already',
          setup(context) {
            context.onResolve({ filter: /^jasmine-core/ }, () => ({
              path: 'jasmine-core',
              namespace: 'stub',
            }));
            const contents = 'module.exports = { core: () => ({}) };';
            context.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents }));
          },
        },
      ],
    });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const backend of ['drnas-native', 'drnas-wasm']) {
    it(`passes on ${backend}, but for a test that asks for tfjs's wrong gradient`, async function () {
      if (backend === 'drnas-native') {
        try {
          loadNative(1);
        } catch {
          return this.skip();
        }
      }
      const report = join(folder, `${backend}.json`);
      const runner = join(root, 'test', 'backend', 'tfjsSuite', 'run.cjs');
      await promisify(execFile)(process.execPath, [runner, bundle, backend, report], {
        ...{ cwd: root, timeout: 230_000, maxBuffer: 1 << 26 },
      });
      const { passed, failed } = JSON.parse(readFileSync(report, 'utf8')) as Report;
      const others = failed.filter((name) => !wrongInTfjs.every((part) => name.includes(part)));
      expect(others).to.deep.equal([]);
      expect(failed).to.have.length(1);
      expect(passed, 'tests that ran').to.be.above(4200); // tfjs-core 4.22.0: 4224
    });
  }
});
