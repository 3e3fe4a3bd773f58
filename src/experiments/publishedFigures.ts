// What the paper's figures and statements say, as claims and numbers that a measurement can meet or miss.
import { type PublishedNumber, published, type Trust } from './publishedNumber.js';

export interface PublishedClaim {
  /** Within its figure: `cifar10 narrows`. */
  id: string;
  /** One sentence that is true or false of a run. */
  text: string;
  trust: Trust;
}

export interface PublishedFigure {
  id: string;
  title: string;
  /** Where it was read, and how far that can be trusted. */
  source: string;
  claims: readonly PublishedClaim[];
  /** Numbers that the figure shows: id within the figure, unit, value. */
  numbers?: Record<string, { unit: string; value: PublishedNumber }>;
}

const SETS = { cifar10: 'CIFAR-10', cifar100: 'CIFAR-100', imagenet16: 'ImageNet16-120' } as const;
type SetName = keyof typeof SETS;

const eachSet = <T>(of: (name: SetName, title: string) => T): T[] =>
  (Object.keys(SETS) as SetName[]).map((name) => of(name, SETS[name]));

const trajectory: PublishedFigure = {
  id: 'trajectory',
  title: 'Accuracy range of the architectures that the Dirichlet would draw, over the search',
  source:
    'README of github.com/xiangning-chen/DrNAS and the picture trajectory.png there: 100 architectures sampled at an ' +
    'epoch, the range of their test accuracies on NAS-Bench-201, and the architecture of the mean.',
  claims: eachSet((name, title) => [
    {
      id: `${name} narrows`,
      text: `${title}: the range of the sampled architectures is narrower at the end of the search than at its beginning`,
      trust: 'README' as Trust,
    },
    {
      id: `${name} near the top`,
      text: `${title}: at the end the architecture of the mean is in the upper half of the sampled range`,
      trust: 'README' as Trust,
    },
  ]).flat(),
  numbers: Object.fromEntries(
    eachSet((name, title) => [
      `${name} at the end`,
      {
        unit: `${title} test accuracy of the architecture of the mean, %`,
        value: published({ cifar10: '94.36', cifar100: '73.51', imagenet16: '46.34' }[name], 'README'),
      },
    ]),
  ),
};

const cells = (name: string, on: string): PublishedFigure => ({
  id: `cells-${name}`,
  title: `The cells found on ${on}`,
  source:
    'Content: DARTS-space/genotypes.py:82-83 of github.com/xiangning-chen/DrNAS. That the paper draws them is recalled.',
  claims: (['normal', 'reduction'] as const).map((kind) => ({
    id: kind,
    text: `the ${kind} cell found on ${on} has the published operations and edges`,
    trust: 'CODE',
  })),
});

const hessian: PublishedFigure = {
  id: 'hessian',
  title: 'Dominant eigenvalue of the architecture Hessian over the search',
  source:
    'DrNAS, ICLR 2021 (arXiv 2006.10355 v4), appendix: recalled and not checked. NAS-Bench-201, CIFAR-10, mean of 4 runs; ' +
    'in which variable the paper takes the Hessian is not known.',
  claims: [
    {
      id: 'DARTS grows',
      text: 'under DARTS the dominant eigenvalue grows about tenfold over the search',
      trust: 'MEM-m',
    },
    { id: 'DrNAS stays low', text: 'under DrNAS the dominant eigenvalue stays low', trust: 'MEM-h' },
  ],
};

const method: PublishedFigure = {
  id: 'method',
  title: 'Statements on the method',
  source:
    'DrNAS, ICLR 2021 (arXiv 2006.10355 v4), the pathwise gradient and Proposition 1: recalled; the mathematics was derived anew.',
  claims: [
    {
      id: 'pathwise gradient',
      text: 'the pathwise estimator is an unbiased estimate of the gradient in the concentrations',
      trust: 'MEM-h',
    },
    {
      id: 'proposition 1, as approximated',
      text:
        'with a positive semi-definite Hessian in mu, the expected loss under the Laplace approximation is, to second order, ' +
        'at least the bound',
      trust: 'MEM-h',
    },
    {
      id: 'proposition 1, the Dirichlet itself',
      text: 'with a positive semi-definite Hessian in mu, the expected loss under the Dirichlet itself is at least the bound (the paper: approximately)',
      trust: 'MEM-h',
    },
  ],
};

/** The paper's figures in its order, and its statements on the method. */
export const PUBLISHED_FIGURES: readonly PublishedFigure[] = [
  trajectory,
  cells('cifar10', 'CIFAR-10'),
  cells('imagenet', 'ImageNet'),
  hessian,
  method,
];
