// Exported networks give the same logits in another runtime, and the check notices when they do not.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'chai';
import {
  createEvaluationNetwork,
  dartsArchitecture,
  nb201Architecture,
} from '../../src/evaluation/network.js';
import type { TrainedNetwork } from '../../src/evaluation/networkFile.js';
import { checkExport } from '../../src/export/checkOnnx.js';
import { saveOnnx, toOnnx } from '../../src/export/onnx.js';
import { createStream } from '../../src/random/stream.js';
import { disposeLayers } from '../../src/spaces/layers.js';

const data = {
  title: 'none',
  classes: ['a', 'b', 'c'],
  channels: 3,
  mean: [0.5, 0.4, 0.3],
  std: [0.2, 0.3, 0.4],
};

/** A small network whose batch norms and running statistics are far from their initial values. */
function trainedNetwork(text: string, stem: 'cifar' | 'imagenet' = 'cifar', cells = 3): TrainedNetwork {
  const isDarts = /[A-Z]/.test(text);
  const architecture = isDarts ? dartsArchitecture(text) : nb201Architecture(text);
  const imageSize = stem === 'cifar' ? 8 : 64;
  const network = { channels: 4, cells: isDarts ? cells : 1, stem, auxiliary: false, imageSize };
  const net = createEvaluationNetwork(
    architecture,
    network,
    { classes: 3, imageChannels: 3 },
    createStream(1),
  );
  const stream = createStream(2);
  for (const [name, v] of Object.entries({ ...net.parameters, ...net.buffers })) {
    if (v.rank !== 1) continue;
    const middle = /running_var$|\.weight$/.test(name) ? 1 : 0;
    const values = Float32Array.from({ length: v.size }, () => middle + stream.uniform() - 0.5);
    tf.tidy(() => v.assign(tf.tensor1d(values)));
  }
  return { architecture, network, data, net };
}

const ALL = `Genotype(normal=[('max_pool_3x3', 0), ('avg_pool_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_5x5', 2),
  ('dil_conv_3x3', 1), ('dil_conv_5x5', 0), ('none', 0), ('sep_conv_7x7', 4)], normal_concat=range(2, 6),
  reduce=[('max_pool_3x3', 0), ('avg_pool_3x3', 1), ('dil_conv_3x3', 0), ('dil_conv_5x5', 1),
  ('skip_connect', 0), ('conv_7x1_1x7', 1), ('none', 1), ('sep_conv_3x3', 0)], reduce_concat=range(2, 6))`;

describe('export to ONNX', function () {
  this.timeout(60000);
  before(async () => {
    await tf.setBackend('cpu');
  });

  // The reference's eight operations and the two of AmoebaNet, at both strides; published cells of five nodes; both stems.
  const cases = [
    [ALL, 'cifar'],
    ['DrNAS_cifar10', 'cifar'],
    ['AmoebaNet', 'cifar'],
    ['NASNet', 'cifar'],
    ['DrNAS_imagenet', 'imagenet'],
    ['9930', 'cifar'],
    ['|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|nor_conv_1x1~1|avg_pool_3x3~2|', 'cifar'],
  ] as const;
  for (const [text, stem] of cases) {
    for (const foldBatchNorm of [false, true]) {
      it(`${text.slice(0, 16)} (${stem}) gives the same logits in ONNX Runtime, batch norms ${foldBatchNorm ? 'folded' : 'kept'}`, async () => {
        const trained = trainedNetwork(text, stem);
        const { error, pass, images } = await checkExport(toOnnx(trained, { foldBatchNorm }), trained, {
          images: 3,
        });
        expect(error).to.be.below(1e-4);
        expect(pass).to.equal(true);
        expect(images).to.equal(3);
        disposeLayers(trained.net);
      });
    }
  }

  it('fails the check when a weight has changed since', async () => {
    const trained = trainedNetwork('DARTS_V2');
    const bytes = toOnnx(trained);
    const weight = trained.net.parameters['stem.0.weight'];
    tf.tidy(() => weight.assign(tf.mul(weight, 1.01)));
    const { error, pass } = await checkExport(bytes, trained);
    expect(pass).to.equal(false);
    expect(error).to.be.above(1e-4);
    disposeLayers(trained.net);
  });

  it('writes a whole file, which holds what is needed to prepare images, and leaves no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drnas-onnx-'));
    const trained = trainedNetwork('9930');
    const size = saveOnnx(join(folder, 'net.onnx'), trained);
    expect(readdirSync(folder)).to.deep.equal(['net.onnx']);
    expect((await checkExport(join(folder, 'net.onnx'), trained)).pass).to.equal(true);
    const text = Buffer.from(toOnnx(trained)).toString('latin1');
    expect(text).to.have.length(size);
    for (const part of ['[0.5,0.4,0.3]', '["a","b","c"]', trained.architecture.text, 'N,C,H,W'])
      expect(text).to.include(part);
    disposeLayers(trained.net);
    rmSync(folder, { recursive: true });
  });

  it('leaves no tensors behind', () => {
    const trained = trainedNetwork('DARTS_V1');
    const before = tf.memory().numTensors;
    toOnnx(trained, { foldBatchNorm: true });
    expect(tf.memory().numTensors).to.equal(before);
    disposeLayers(trained.net);
  });
});
