// `drnas export`: a trained network as an ONNX file, checked in another runtime.
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Command, Option } from 'commander';
import { writeAtomically } from '../atomic.js';
import { chooseBackend, type Preference, preferences } from '../backend/choose.js';
import { loadTrained } from '../evaluation/networkFile.js';
import { trainedNetworkAt } from '../evaluation/predict.js';
import { checkExport } from '../export/checkOnnx.js';
import { toOnnx } from '../export/onnx.js';
import { disposeLayers } from '../spaces/layers.js';

interface Options {
  onnx: string;
  fold?: boolean;
  force?: boolean;
  check: boolean;
  backend?: Preference;
  json?: boolean;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('a trained network as an ONNX file (opset 13)')
    .argument('<network>', 'run folder of drnas evaluate, or its network.safetensors')
    .requiredOption('--onnx <file>', 'file to write')
    .option('--force', 'overwrite a file that exists')
    .option('--fold', 'make batch norms part of the convolutions before them')
    .option('--no-check', 'do not compare the logits with ONNX Runtime')
    .addOption(new Option('--backend <name>', 'what computes our own logits').choices([...preferences]))
    .option('--json', 'print JSON')
    .action(async (path: string, options: Options) => {
      const file = trainedNetworkAt(path);
      const folder = dirname(options.onnx);
      if (!existsSync(folder) || !statSync(folder).isDirectory())
        throw new Error(`the folder ${folder} for the ONNX file does not exist: make it first`);
      if (existsSync(options.onnx) && !options.force)
        throw new Error(`${options.onnx} exists: add --force to overwrite it, or choose another name`);
      await chooseBackend({ prefer: options.backend, log: (text) => console.error(text) });
      const trained = loadTrained(file);
      const model = toOnnx(trained, { foldBatchNorm: options.fold });
      const check = options.check ? await checkExport(model, trained) : null;
      disposeLayers(trained.net);
      if (check && !check.pass)
        throw new Error(
          `the exported model does not compute what the network computes: relative error ${check.error}, allowed ${check.tolerance}; ${options.onnx} is not written`,
        );
      writeAtomically(options.onnx, model);
      const bytes = model.length;
      if (options.json) console.log(JSON.stringify({ onnx: options.onnx, bytes, check }));
      else {
        console.log(`${options.onnx}: ${(bytes / 2 ** 20).toFixed(2)} MiB`);
        if (check) {
          const error = check.error.toExponential(1);
          console.log(
            `ONNX Runtime's logits on ${check.images} random images differ by ${error} of the largest (allowed: ${check.tolerance})`,
          );
        } else console.log('not checked');
      }
    });
}
