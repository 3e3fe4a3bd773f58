// The paper's search on ImageNet sees 10 % of each class for the weights and 2.5 % for alpha: drawn from a seed, kept as a list.
import { readFileSync } from 'node:fs';
import { writeAtomically } from '../../atomic.js';
import { permutation } from '../../random/integer.js';
import { createStream } from '../../random/stream.js';
import type { ImageFiles, SearchSample } from '../types.js';

/** The shares of the paper's search on ImageNet. */
export const SEARCH_SHARES = { weights: 0.1, alpha: 0.025 };

/**
 * Draws from every class, without replacement and without overlap, `shares.weights` and `shares.alpha` of its images (rounded,
 * at least one each). Each class has a stream of its own, named by it: other classes may be missing.
 */
export function drawSearchSample(
  train: ImageFiles,
  classes: readonly string[],
  { seed, shares = SEARCH_SHARES }: { seed: number; shares?: { weights: number; alpha: number } },
): SearchSample {
  if (!(shares.weights > 0 && shares.alpha > 0 && shares.weights + shares.alpha <= 1)) {
    throw new RangeError(
      `shares ${shares.weights} and ${shares.alpha}: both above 0, and no more than 1 together`,
    );
  }
  const weights: number[] = [];
  const alpha: number[] = [];
  for (let first = 0, label = 0; label < classes.length; label++) {
    let end = first;
    while (end < train.count && train.labels[end] === label) end++;
    const count = end - first;
    const forWeights = Math.max(1, Math.round(shares.weights * count));
    const forAlpha = Math.max(1, Math.round(shares.alpha * count));
    if (forWeights + forAlpha > count) {
      throw new Error(`class ${classes[label]} has ${count} image(s), too few for two samples`);
    }
    const order = permutation(createStream(seed, 'imagenet', 'sample', classes[label]), count);
    const pick = (from: number, to: number) =>
      Array.from(order.subarray(from, to), (i) => first + i).sort((a, b) => a - b);
    weights.push(...pick(0, forWeights));
    alpha.push(...pick(forWeights, forWeights + forAlpha));
    first = end;
  }
  return { weights: Int32Array.from(weights), alpha: Int32Array.from(alpha) };
}

/** Writes the sample as text, a line `weights PATH` or `alpha PATH` for each image, under a line on where it is from. */
export function writeSearchSample(
  file: string,
  train: ImageFiles,
  sample: SearchSample,
  origin: string,
): void {
  const lines = [`# ${origin.replace(/\s+/g, ' ')}`];
  for (const part of ['weights', 'alpha'] as const) {
    for (const i of sample[part]) lines.push(`${part} ${train.files[i]}`);
  }
  writeAtomically(file, `${lines.join('\n')}\n`);
}

/** Reads such a list, also one made elsewhere. @throws where an image is listed twice or is not among the training files */
export function readSearchSample(file: string, train: ImageFiles): SearchSample {
  const places = new Map(train.files.map((name, i) => [name, i]));
  const taken = new Set<number>();
  const sample: Record<string, number[]> = { weights: [], alpha: [] };
  readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .forEach((line, number) => {
      if (line === '' || line.startsWith('#')) return;
      const fail = (what: string): never => {
        throw new Error(`${file}, line ${number + 1}: ${what}`);
      };
      const match = /^(weights|alpha) (.+)$/.exec(line);
      if (!match)
        return fail(`expected "weights PATH" or "alpha PATH", found ${JSON.stringify(line.slice(0, 80))}`);
      const place = places.get(match[2]);
      if (place === undefined) return fail(`${match[2]} is not in ${train.root}`);
      if (taken.has(place)) fail(`${match[2]} is listed twice`);
      taken.add(place);
      sample[match[1]].push(place);
    });
  if (sample.weights.length === 0 || sample.alpha.length === 0)
    throw new Error(`${file}: no images for weights or for alpha`);
  return { weights: Int32Array.from(sample.weights), alpha: Int32Array.from(sample.alpha) };
}
