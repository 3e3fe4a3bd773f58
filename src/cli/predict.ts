// `drnas predict`: a trained network on test images or on files.
import { Command, InvalidArgumentError, Option } from 'commander';
import { chooseBackend, type Preference, preferences } from '../backend/choose.js';
import { openDataset } from '../data/open.js';
import { DATASET_NAMES, type DatasetName } from '../data/types.js';
import { loadTrained } from '../evaluation/networkFile.js';
import {
  imageFiles,
  type Prediction,
  predictFiles,
  predictTestImages,
  trainedNetworkAt,
} from '../evaluation/predict.js';
import { disposeLayers } from '../spaces/layers.js';
import { integer } from './parsers.js';
import { seedList } from './seeds.js';

interface Options {
  data?: DatasetName;
  indices: number[];
  images?: string;
  top: number;
  dataFolder?: string;
  backend?: Preference;
  json?: boolean;
}

const indexList = (text: string): number[] => {
  try {
    return seedList(text);
  } catch {
    throw new InvalidArgumentError(`${JSON.stringify(text)}: write indices as 0-9 or 0,3,7`);
  }
};

function line({ image, label, classes }: Prediction, top: number): string {
  const shown = classes
    .slice(0, top)
    .map(({ name, probability }) => `${name} ${(100 * probability).toFixed(1)} %`);
  const verdict = label === undefined ? '' : ` | is ${label}${classes[0].name === label ? '' : ' (wrong)'}`;
  return `${image}: ${shown.join(', ')}${verdict}`;
}

export function predictCommand(): Command {
  return new Command('predict')
    .description('what a trained network says about images')
    .argument('<network>', 'run folder of drnas evaluate, or its network.safetensors')
    .addOption(new Option('--data <name>', 'predict test images of this data set').choices(DATASET_NAMES))
    .option('--indices <list>', 'which test images, as 0-9 or 0,3,7', indexList, indexList('0-9'))
    .option('--images <path>', 'predict an image, or a folder of PNG and JPEG files')
    .option('--top <n>', 'classes shown for each image', integer, 3)
    .option('--data-folder <path>', 'folder that holds the data set')
    .addOption(new Option('--backend <name>', 'what computes').choices([...preferences]))
    .option('--json', 'print all probabilities as JSON')
    .action(async (path: string, options: Options) => {
      if ((options.data === undefined) === (options.images === undefined))
        throw new Error('nothing to predict, or two things: give either --data or --images');
      const file = trainedNetworkAt(path);
      const files = options.images === undefined ? [] : imageFiles(options.images);
      const log = (text: string) => console.error(text);
      await chooseBackend({ prefer: options.backend, log });
      const trained = loadTrained(file);
      const imageSize = trained.network.imageSize;
      const { data: name, dataFolder: folder, indices, top } = options;
      const predictions =
        name === undefined
          ? await predictFiles(trained, files)
          : predictTestImages(trained, await openDataset(name, { imageSize, folder, log }), indices);
      disposeLayers(trained.net);
      if (options.json) return console.log(JSON.stringify(predictions));
      for (const prediction of predictions) console.log(line(prediction, top));
      const known = predictions.filter(({ label }) => label !== undefined);
      if (known.length > 0) {
        const right = known.filter(({ label, classes }) => classes[0].name === label).length;
        console.log(`${right} of ${known.length} right`);
      }
    });
}
