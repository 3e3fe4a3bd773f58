// Makes a small ImageNet of JPEGs in class folders, for the tests that read pictures.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** Class folders of pictures of many sizes; a class has a colour of its own, so that it can be learnt. */
export async function writeImageNet(
  root: string,
  {
    classes = ['n01', 'n02', 'n03'],
    train = 12,
    valid = 4,
  }: { classes?: string[]; train?: number; valid?: number } = {},
): Promise<string> {
  const folder = join(root, 'imagenet');
  for (const [part, count] of [
    ['train', train],
    ['val', valid],
  ] as const) {
    for (const [label, name] of classes.entries()) {
      mkdirSync(join(folder, part, name), { recursive: true });
      for (let i = 0; i < count; i++) {
        const [width, height] = [40 + ((7 * i) % 13), 36 + ((5 * i) % 17)];
        const pixels = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
          const [c, x] = [at % 3, Math.floor(at / 3) % width];
          return (c === label ? 200 : 60) + 40 * Math.sin((x + i) / (label + 2));
        });
        await sharp(pixels, { raw: { width, height, channels: 3 } })
          .jpeg()
          .toFile(join(folder, part, name, `${name}_${i}.JPEG`));
      }
    }
  }
  return folder;
}
