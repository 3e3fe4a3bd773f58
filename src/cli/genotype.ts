// `drnas genotype`: a DARTS genotype converted, checked and counted; the published ones listed.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { networkCost } from '../spaces/darts/cost.js';
import { formatGenotype, type Genotype, genotypeJson, parseGenotype } from '../spaces/darts/genotype.js';
import { CIFAR_SHAPE, IMAGENET_SHAPE } from '../spaces/darts/networkShape.js';
import { PUBLISHED } from '../spaces/darts/published.js';
import { formatArchitecture, parseArchitecture } from '../spaces/nasbench201/architecture.js';
import { networkCost as nb201Cost } from '../spaces/nasbench201/cost.js';

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

/** An architecture of NAS-Bench-201 has no genotype to convert; what can be said of it is its text and its counts. */
function printNb201(text: string, { format, count, draw }: Options): void {
  if (draw) throw new Error('this is a NAS-Bench-201 architecture: draw its cell with drnas draw');
  const architecture = parseArchitecture(text);
  const arch = formatArchitecture(architecture);
  const { parameters, macs: multiplyAdds } = nb201Cost(architecture);
  if (format === 'json')
    console.log(JSON.stringify({ arch, ...(count ? { parameters, multiplyAdds } : {}) }));
  else console.log(arch);
  if (count && format !== 'json')
    console.log(
      `CIFAR-10 (C 16, N 5): ${(parameters / 1e6).toFixed(3)} M weights, ${(multiplyAdds / 1e6).toFixed(1)} M multiply-adds`,
    );
}

/** Both cells as SVG and PNG; refuses to overwrite before anything is written. */
async function drawCells(genotype: Genotype, path: string, force: boolean, name?: string): Promise<void> {
  const cells = (['normal', 'reduce'] as const).map((kind) => ({ kind, base: `${path}-${kind}` }));
  for (const { base } of cells) {
    for (const file of [`${base}.svg`, `${base}.png`]) {
      if (existsSync(file) && !force)
        throw new Error(`${file} exists: add --force to overwrite it, or choose another name`);
    }
  }
  const { saveDartsCell } = await import('../figures/dartsCell.js');
  for (const { kind, base } of cells) {
    const cell = kind === 'normal' ? 'normal cell' : 'reduction cell';
    saveDartsCell(formatGenotype(genotype), kind, base, { title: name ? `${name}, ${cell}` : cell });
  }
  console.error(cells.map(({ base }) => `${base}.svg, ${base}.png`).join(', '));
}

export function genotypeCommand(): Command {
  return new Command('genotype')
    .description('convert, check, count and draw a genotype of the DARTS space')
    .argument(
      '[genotype]',
      "a published name, the reference's Python text, JSON, an architecture of NAS-Bench-201, or a file with one of these",
    )
    .option('--format <format>', 'python or json', 'python')
    .option('--count', 'weights and multiply-adds of its networks, without auxiliary head')
    .option('--draw <path>', 'write PATH-normal and PATH-reduce as SVG and PNG')
    .option('--force', 'overwrite drawings that exist')
    .option('--list', 'the published genotypes, with their counts and sources')
    .action(async (given: string | undefined, options: Options) => {
      const { format, count, list, draw, force } = options;
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
      if (given === undefined)
        throw new Error('give a genotype (a name, a text or a file), or --list to see the published ones');
      const isFile = existsSync(given) && statSync(given).isFile();
      const text = (isFile ? readFileSync(given, 'utf8') : given).trim();
      if (text.startsWith('|')) {
        printNb201(text, options);
        return;
      }
      const genotype = parseGenotype(text);
      const name = PUBLISHED.find((published) => published.name === text)?.name;
      if (draw) await drawCells(genotype, draw, force === true, name);
      if (format === 'json') {
        const json = JSON.parse(genotypeJson(genotype));
        console.log(JSON.stringify(count ? { ...json, ...counts(genotype) } : json));
        return;
      }
      console.log(formatGenotype(genotype));
      if (count) console.log(countsText(genotype));
    });
}
