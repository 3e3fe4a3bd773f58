// The figures that the report and the README show, in order, each with what a reader sees on it.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface GalleryFigure {
  /** From the project's root, without extension. */
  path: string;
  caption: string;
  /** In the report with its picture; also in the README's gallery where true. */
  readme?: boolean;
}

/** New figures of an exhibit are added here; the rest of figures/ is listed by name. */
export const GALLERY: readonly GalleryFigure[] = [
  {
    path: 'figures/00-quickstart/accuracy-band',
    caption:
      'A search at laptop scale: the range of the architectures that the Dirichlet would draw after each epoch, and the one of its mean (the paper’s trajectory figure).',
    readme: true,
  },
  {
    path: 'figures/00-quickstart/seeds',
    caption:
      'Every stored seed of DrNAS and of DARTS at laptop scale, next to what needs no search (Table 4).',
    readme: true,
  },
  {
    path: 'figures/00-quickstart/mixing-weights',
    caption: 'Expected mixing weights of the six edges during that search.',
  },
  {
    path: 'figures/01-dirichlet/simplex-densities',
    caption: 'Densities of the Dirichlet at several concentrations: what the search learns.',
    readme: true,
  },
  {
    path: 'figures/01-dirichlet/estimator-variance',
    caption:
      'Variance of the pathwise gradient against the score-function estimator, on a problem with an exact answer.',
    readme: true,
  },
  {
    path: 'figures/01-dirichlet/torch-errors',
    caption: 'Error of PyTorch’s pathwise derivative, branch by branch.',
  },
  {
    path: 'figures/01-dirichlet/proposition-1',
    caption: 'Both sides of Proposition 1, along a ray of concentrations and for random quadratics.',
    readme: true,
  },
  {
    path: 'figures/02-comparison/methods',
    caption:
      'Methods of Table 4 with shared weights at equal cost, five seeds each, at a tenth of the laptop preset’s cost: short searches, looked up on CIFAR-10.',
    readme: true,
  },
  {
    path: 'figures/03-trajectory/trajectory',
    caption:
      'The range of the architectures that the Dirichlet would draw over searches at laptop scale, and the one of its mean: five seeds (the paper’s trajectory figure).',
    readme: true,
  },
  {
    path: 'figures/04-progressive/partial-channels',
    caption:
      'Table 1 in short searches: one k-th of the channels through the operations, and searching in stages, five seeds each.',
    readme: true,
  },
  {
    path: 'figures/04-progressive/stages',
    caption:
      'Course of the progressive search at laptop scale: pruning and widening after half of the epochs.',
  },
  {
    path: 'figures/04-progressive/widening',
    caption: 'Schedules of progressive learning and rules of widening in short searches, five seeds each.',
  },
  {
    path: 'figures/05-regulariser/lambda',
    caption:
      'Table 5 in short searches: what is found by the weight of the anchor, for l2 and for KL, five seeds each; the paper’s numbers are unverified.',
    readme: true,
  },
  {
    path: 'figures/05-regulariser/concentration',
    caption: 'The largest concentration over these searches, by the weight of the anchor.',
  },
  {
    path: 'figures/06-samplers/samplers',
    caption:
      'Samplers of the mixing weights, all else equal: short searches, five seeds each, looked up on CIFAR-10.',
  },
  {
    path: 'figures/06-samplers/largest-weight',
    caption: 'How sparse the mixtures are that each sampler draws on one edge.',
  },
  {
    path: 'figures/07-darts-space/operation-shares',
    caption:
      'How the mixing weights of three progressive searches of the DARTS space divide among its operations.',
    readme: true,
  },
  {
    path: 'figures/08-evaluation/learning-curves',
    caption: 'Found and published cells trained from scratch at laptop scale (Table 2’s last step).',
  },
  {
    path: 'figures/07-darts-space/seed0-normal',
    caption:
      'The normal cell that the progressive search of the DARTS space found at laptop scale (seed 0 of figures/07-darts-space/runs).',
  },
  {
    path: 'figures/07-darts-space/seed0-reduce',
    caption: 'The reduction cell of the same search.',
  },
  {
    path: 'figures/09-imagenet/mobile-setting',
    caption:
      'Parameters and multiply-adds of the published cells against the limit of the mobile setting (Table 3).',
    readme: true,
  },
  {
    path: 'figures/11-beyond/anytime',
    caption:
      'Beyond the paper: regret of the cell so far in short searches, beside the exact law of random search over all 15,625 cells.',
    readme: true,
  },
  {
    path: 'figures/11-beyond/ranking',
    caption:
      'Beyond the paper: what architectures reach by their rank in a supernet, after short searches and before the first step.',
  },
  {
    path: 'figures/11-beyond/implementations',
    caption: 'Beyond the paper: public implementations of DrNAS, one difference each.',
  },
  {
    path: 'figures/10-hessian/dominant',
    caption:
      'Dominant eigenvalue of the architecture Hessian over short searches by DARTS and by DrNAS: mean and range of five seeds (the paper’s eigenvalue figure).',
    readme: true,
  },
  {
    path: 'figures/10-hessian/spectrum',
    caption: 'All 30 eigenvalues of that Hessian at three places of the search.',
  },
  {
    path: 'figures/cells/DrNAS_cifar10-normal',
    caption: 'The normal cell that the paper reports for CIFAR-10, drawn from the published genotype.',
  },
  {
    path: 'figures/cells/DrNAS_cifar10-reduce',
    caption: 'The reduction cell that the paper reports for CIFAR-10, drawn from the published genotype.',
  },
  {
    path: 'figures/cells/DrNAS_imagenet-normal',
    caption: 'The normal cell that the paper reports for ImageNet, drawn from the published genotype.',
  },
  {
    path: 'figures/cells/DrNAS_imagenet-reduce',
    caption: 'The reduction cell that the paper reports for ImageNet, drawn from the published genotype.',
  },
];

export interface ListedFigure extends GalleryFigure {
  /** SHA-256 of the SVG file: an edited picture shows in the report. */
  sha256: string;
}

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Figures of GALLERY that exist, with their digests. */
export const galleryFigures = (root: string): ListedFigure[] =>
  GALLERY.filter(
    ({ path }) => existsSync(join(root, `${path}.svg`)) && existsSync(join(root, `${path}.png`)),
  ).map((figure) => ({ ...figure, sha256: sha256(join(root, `${figure.path}.svg`)) }));

/** Every other SVG of figures/, by path. */
export function otherFigures(root: string): { path: string; sha256: string }[] {
  const shown = new Set(GALLERY.map(({ path }) => path));
  const figures = join(root, 'figures');
  const folders = existsSync(figures) ? readdirSync(figures, { withFileTypes: true }) : [];
  return folders
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .flatMap((folder) =>
      readdirSync(join(figures, folder))
        .filter((file) => file.endsWith('.svg'))
        .sort()
        .map((file) => `figures/${folder}/${file.slice(0, -'.svg'.length)}`),
    )
    .filter((path) => !shown.has(path))
    .map((path) => ({ path, sha256: sha256(join(root, `${path}.svg`)) }));
}
