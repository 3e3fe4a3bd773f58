// `drnas export` as its users meet it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import type { Dataset } from '../../src/data/types.js';
import type { EvaluationConfig } from '../../src/evaluation/config.js';
import { createEvaluationNetwork, dartsArchitecture } from '../../src/evaluation/network.js';
import { saveTrained } from '../../src/evaluation/networkFile.js';
import { createStream } from '../../src/random/stream.js';
import { projectRoot } from '../../src/root.js';
import { disposeLayers } from '../../src/spaces/layers.js';

function drnas(...args: string[]) {
  const options = { cwd: projectRoot(), encoding: 'utf8' } as const;
  return spawnSync(process.execPath, ['bin/drnas.mjs', 'export', ...args], options);
}

describe('drnas export', function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'drnas-export-'));
    await tf.setBackend('cpu');
    const network = { channels: 4, cells: 2, stem: 'cifar', auxiliary: false, imageSize: 8 } as const;
    const dataset = { title: 'made up', classes: ['a', 'b'], channels: 1, mean: [0.5], std: [0.25] };
    const architecture = dartsArchitecture('DrNAS_cifar10');
    const shape = { classes: 2, imageChannels: 1 };
    const net = createEvaluationNetwork(architecture, network, shape, createStream(3));
    const path = join(folder, 'network.safetensors');
    saveTrained(path, architecture, network as unknown as EvaluationConfig, dataset as Dataset, net);
    disposeLayers(net);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('writes an ONNX file of the network in a run folder and says how far its logits are from ours', () => {
    const onnx = join(folder, 'out.onnx');
    const { stdout, status, stderr } = drnas(folder, '--onnx', onnx, '--fold', '--json');
    expect(status, stderr).to.equal(0);
    const { bytes, check } = JSON.parse(stdout);
    expect(bytes).to.be.above(10_000);
    expect(check.pass).to.equal(true);
    expect(check.error).to.be.below(check.tolerance);
    expect(statSync(onnx).size).to.equal(bytes);
  });

  it('overwrites a file only when told to', () => {
    const onnx = join(folder, 'there.onnx');
    writeFileSync(onnx, 'mine');
    const args = [folder, '--onnx', onnx, '--no-check'];
    expect(drnas(...args).stderr).to.match(/there\.onnx exists: add --force to overwrite it/);
    expect(readFileSync(onnx, 'utf8')).to.equal('mine');
    expect(drnas(...args, '--force').status).to.equal(0);
    expect(statSync(onnx).size).to.be.above(10_000);
  });

  it('refuses a folder without a network, and a place that does not exist, before any work', () => {
    const nowhere = join(folder, 'none', 'out.onnx');
    expect(drnas(folder, '--onnx', nowhere).stderr).to.match(/folder .*none .*does not exist/);
    expect(drnas(tmpdir(), '--onnx', join(folder, 'b.onnx')).stderr).to.match(/holds no network/);
    expect(existsSync(join(folder, 'b.onnx'))).to.equal(false);
  });
});
