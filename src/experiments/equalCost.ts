// What "at equal cost" means in our Table 4, in numbers of the settings in use, to be printed with it.
import { sharingConfig } from '../rivals/sharing/config.js';
import { type Scale, type SearchConfig, searchConfig } from '../search/config.js';

const number = (n: number): string => n.toLocaleString('en-GB');

/**
 * In words, for a scale's preset with what a study changes in it. The supernet, the data, the batches and the weights' optimiser are
 * the same for all methods that train shared weights.
 */
export function equalCost(scale: Scale = 'laptop', changes: Partial<SearchConfig> = {}): string {
  const { epochs, stepsPerEpoch, batchSize, imageSize, channels, cellsPerStage } = searchConfig(
    scale,
    changes,
  );
  const { candidates, controller } = sharingConfig('enas', scale);
  // A study shortens the controller's epochs with the weights' (methodStudy).
  const shown = changes.stepsPerEpoch ?? controller!.updates * controller!.architectures;
  const updates =
    stepsPerEpoch === null
      ? `${epochs} epochs of all batches of ${batchSize} images`
      : `${number(epochs * stepsPerEpoch)}: ${epochs} epochs of ${stepsPerEpoch} batches of ${batchSize} images`;
  return (
    'Equal cost: every method that trains shared weights makes the same number of weight updates on the same batches ' +
    `(${updates}, ${imageSize}x${imageSize}, supernet C = ${channels}, N = ${cellsPerStage}). ` +
    'Differentiable methods see one more validation batch for each weight update once alpha learns, ENAS ' +
    `${number(shown)} an epoch for its controller, RSPS none; RSPS and ENAS judge ${candidates} candidates at the end. ` +
    'Seconds differ: a path through single operations is cheaper than a mixture of all, and a second-order step costs ' +
    'several passes. Methods over the table train nothing; their cost is the seconds that the trainings they ask for took the ' +
    "benchmark's authors, which is another currency."
  );
}
