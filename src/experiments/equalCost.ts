// What "at equal cost" means in our Table 4, in numbers of the presets, to be printed with it.
import { sharingConfig } from '../rivals/sharing/config.js';
import { searchConfig } from '../search/config.js';

const { epochs, stepsPerEpoch, batchSize } = searchConfig('laptop');
const { candidates } = sharingConfig('rsps', 'laptop');

/** The supernet, the data, the batches and the weights' optimiser are the same for all methods that train shared weights. */
export const EQUAL_COST =
  'Equal cost: every method that trains shared weights makes the same number of weight updates on the same batches ' +
  `(${(epochs * stepsPerEpoch!).toLocaleString('en-GB')} at laptop scale: ${epochs} epochs of ${stepsPerEpoch} batches of ${batchSize} images). ` +
  'Differentiable methods see one more validation batch for each weight update once alpha learns, at that scale ENAS as many ' +
  `for its controller, RSPS none; RSPS and ENAS judge ${candidates} candidates at the end. ` +
  'Seconds differ: a path through single operations is cheaper than a mixture of all, and a second-order step costs ' +
  'several passes. Methods over the table train nothing; their cost is the seconds that the trainings they ask for took the ' +
  "benchmark's authors, which is another currency.";
