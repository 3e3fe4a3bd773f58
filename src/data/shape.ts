// What a network is built for: a data set's classes and channels, and images of the size that was asked for.
import type { Dataset } from './types.js';

export const dataShape = ({ classes, channels }: Pick<Dataset, 'classes' | 'channels'>) => ({
  classes: classes.length,
  imageChannels: channels,
});

/** @throws where a data set was opened at another size than a configuration says */
export function checkImageSize(
  { height }: Pick<Dataset, 'height'>,
  { imageSize }: { imageSize: number },
): void {
  if (height !== imageSize)
    throw new Error(`the data set has ${height}-pixel images, the configuration asks for ${imageSize}`);
}
