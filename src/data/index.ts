// Data sets: opened, split, and turned into batches.
export { type Batch, makeBatch } from './batch.js';
export { openDataset } from './open.js';
export { epochOrder, searchSplit } from './split.js';
export {
  DATASET_NAMES,
  type Dataset,
  type DatasetName,
  type DownloadProgress,
  type ImageSet,
  type OpenOptions,
} from './types.js';
