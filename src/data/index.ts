// Data sets: opened, split, and turned into batches.
export { type Batch, makeBatch } from './batch.js';
export { fetchDataset } from './fetch.js';
export { IMAGENET_MEAN, IMAGENET_STD, pictureBatches } from './imagenet/batches.js';
export { drawImageFolder } from './imagenet/drawn.js';
export { type ImageFolder, openImageFolder } from './imagenet/folder.js';
export { drawSearchSample, readSearchSample, writeSearchSample } from './imagenet/sample.js';
export { openDataset } from './open.js';
export { type BatchPipeline, type BatchRequest, batchPipeline } from './pipeline.js';
export { DATASETS, type DatasetInfo, datasetInfo } from './registry.js';
export { epochOrder, searchSplit } from './split.js';
export { OFFICIAL_SPLITS, officialSplit } from './splits.js';
export {
  DATASET_NAMES,
  type Dataset,
  type DatasetName,
  type DownloadProgress,
  type ImageSet,
  type OpenOptions,
} from './types.js';
export { locateDataset, verifyDataset } from './verify.js';
