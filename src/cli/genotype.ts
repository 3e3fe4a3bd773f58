// `drnas genotype`: a DARTS genotype converted, checked and counted; the published ones listed.
import { existsSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { networkCost } from '../spaces/darts/cost.js';
import { formatGenotype, type Genotype, genotypeJson, parseGenotype } from '../spaces/darts/genotype.js';
import { CIFAR_SHAPE, IMAGENET_SHAPE } from '../spaces/darts/networkShape.js';
import { PUBLISHED } from '../spaces/darts/published.js';

interface Options {
  format: string;
  count?: boolean;
  list?: boolean;
  draw?: string;
  force?: boolean;
}

/** Millions of weights and multiply-adds in the reference's two evaluation networks, without auxiliary head. */
function counts(genotype: Genotype) {
  const cost = (shape: typeof CIFAR_SHAPE) => {
    const { parameters, multiplyAdds } = networkCost(genotype, shape);
    return { parameters, multiplyAdds };
  };
  return { cifar: cost(CIFAR_SHAPE), imagenet: cost(IMAGENET_SHAPE) };
}

function countsText(genotype: Genotype): string {
  const { cifar, imagenet } = counts(genotype);
  const words = ({ parameters, multiplyAdds }: typeof cifar) =>
    `${(parameters / 1e6).toFixed(3)} M weights, ${(multiplyAdds / 1e6).toFixed(1)} M multiply-adds`;
  return `CIFAR-10 (C 36, 20 cells): ${words(cifar)}; ImageNet (C 48, 14 cells): ${words(imagenet)}`;
}

/** Both cells as SVG and PNG; refuses to overwrite before anything is written. */
async function drawCells(genotype: Genotype, path: string, force: boolean): Promise<void> {
  const cells = (['normal', 'reduce'] as const).map((kind) => ({ kind, base: `${path}-${kind}` }));
  for (const { base } of cells) {
    for (const file of [`${base}.svg`, `${base}.png`]) {
      if (existsSync(file) && !force)
        throw new Error(`${file} exists: add --force to overwrite it, or choose another name`);
    }
  }
  const { saveDartsCell } = await import('../figures/dartsCell.js');
  for (const { kind, base } of cells) saveDartsCell(formatGenotype(genotype), kind, base);
  console.error(cells.map(({ base }) => `${base}.svg, ${base}.png`).join(', '));
}

export function genotypeCommand(): Command {
  return new Command('genotype')
    .description('convert, check, count and draw a genotype of the DARTS space')
    .argument(
      '[genotype]',
      "a published name, the reference's Python text, JSON, or a file with one of these",
    )
    .option('--format <format>', 'python or json', 'python')
    .option('--count', 'weights and multiply-adds of its networks, without auxiliary head')
    .option('--draw <path>', 'write PATH-normal and PATH-reduce as SVG and PNG')
    .option('--force', 'overwrite drawings that exist')
    .option('--list', 'the published genotypes, with their counts and sources')
    .action(async (text: string | undefined, { format, count, list, draw, force }: Options) => {
      if (format !== 'python' && format !== 'json')
        throw new Error(`--format is ${JSON.stringify(format)}: choose python or json`);
      if (list) {
        if (format === 'json') {
          const rows = PUBLISHED.map(({ name, genotype, source, about }) => {
            return { name, about, source, genotype: JSON.parse(genotypeJson(genotype)), ...counts(genotype) };
          });
          console.log(JSON.stringify(rows, null, 2));
          return;
        }
        for (const { name, genotype, source, about } of PUBLISHED) {
          console.log(`${name}: ${about}\n  ${countsText(genotype)}\n  read in ${source}`);
        }
        return;
      }
      if (text === undefined)
        throw new Error('give a genotype (a name, a text or a file), or --list to see the published ones');
      const genotype = parseGenotype(existsSync(text) ? readFileSync(text, 'utf8') : text);
      if (draw) await drawCells(genotype, draw, force === true);
      if (format === 'json') {
        const json = JSON.parse(genotypeJson(genotype));
        console.log(JSON.stringify(count ? { ...json, ...counts(genotype) } : json));
        return;
      }
      console.log(formatGenotype(genotype));
      if (count) console.log(countsText(genotype));
    });
}
