// A reproducibility checklist: each question with an honest answer and the evidence for it, as links into the repository.
//
// Questions in our own words, after Lindauer & Hutter's best practices for NAS (JMLR 21:243) and the machine-learning
// reproducibility checklist of NeurIPS (Pineau et al., arXiv 2003.12206).
import type { ReportExhibit } from './rows.js';

export type Answer = 'yes' | 'partly' | 'no';

export interface ChecklistItem {
  question: string;
  answer: Answer;
  /** What there is, and what is missing unless the answer is yes. */
  text: string;
  /** Files from the project's root. */
  evidence: readonly string[];
}

export interface ChecklistPart {
  title: string;
  items: readonly ChecklistItem[];
}

/** Whether anything was measured and judged, on several seeds, under an id that begins so. */
function judged(report: readonly ReportExhibit[], prefix: string): boolean {
  return report
    .flatMap(({ items }) => items)
    .some(({ id, verdict }) => id.startsWith(prefix) && verdict !== 'not run' && verdict !== 'too few seeds');
}

/** The checklist as the report's data answer it. */
export function checklist(report: readonly ReportExhibit[]): ChecklistPart[] {
  const has = (prefix: string) => judged(report, prefix);
  const paperScale = report
    .flatMap(({ items }) => items)
    .some(({ results }) => results.some(({ result }) => result.scale === 'paper'));
  const rivals = ['Random', 'RSPS', 'Reinforce', 'DARTS'].filter((row) => has(`table4/${row}/`));
  const ablated = has('table5/') && has('table1/');
  return [
    {
      title: 'Best practices for NAS research',
      items: [
        {
          question: 'Code of the training that evaluates final architectures',
          answer: 'yes',
          text: 'Training from scratch on CIFAR-10 and ImageNet with the official recipes.',
          evidence: ['src/evaluation/run.ts', 'src/evaluation/presets.ts', 'test/evaluation/run.test.ts'],
        },
        {
          question: 'Code of the search spaces',
          answer: 'yes',
          text: 'NAS-Bench-201 and the DARTS space, each with its supernet and its stand-alone networks.',
          evidence: ['src/spaces/nasbench201/supernet.ts', 'src/spaces/darts/supernet.ts'],
        },
        {
          question: 'Code of the search method',
          answer: 'yes',
          text: 'One bilevel step, the loop and progressive learning; replayed against vectors recorded from the reference.',
          evidence: ['src/search/step.ts', 'src/search/loop.ts', 'test/golden/replay.test.ts'],
        },
        {
          question: 'Hyperparameters and seeds of search and evaluation',
          answer: 'yes',
          text: 'Presets in one file each; every run’s manifest records all settings, the seed, code, data and machine.',
          evidence: ['src/search/presets.ts', 'src/evaluation/presets.ts', 'src/search/manifest.ts'],
        },
        {
          question: 'The same benchmark for all methods: data, space, training',
          answer: 'yes',
          text: 'Methods differ in the sampler alone and share supernet, data, splits and steps; architectures are looked up in one table.',
          evidence: ['src/search/samplers/sampler.ts', 'datasets/nas-bench-201.md'],
        },
        {
          question: 'Confounding factors controlled: hardware, versions',
          answer: 'yes',
          text: 'Compared runs share backend, threads and machine; results do not depend on the number of threads, bit for bit.',
          evidence: ['test/backend/model.test.ts', 'test/search/run.test.ts', 'package-lock.json'],
        },
        {
          question: 'Ablations',
          answer: ablated ? 'yes' : 'partly',
          text: ablated
            ? 'Regulariser and partial channels on three seeds or more (Tables 1 and 5); samplers, widening rules and implementation variants on as many as their records hold (notebooks 04, 06, 11).'
            : 'Settings for regulariser, sampler, partial channels and progressive learning exist; not all are stored with three seeds yet (Tables 1 and 5 say which).',
          evidence: ['src/experiments/ablations.ts', 'src/study/record.ts', 'figures/REPORT.md'],
        },
        {
          question: 'The same evaluation protocol for all methods',
          answer: 'yes',
          text: 'On NAS-Bench-201 the table; in the DARTS space one recipe for all genotypes and seeds, reported by the last epoch.',
          evidence: ['src/evaluation/study.ts', 'src/benchmarks/query.ts'],
        },
        {
          question: 'Performance over time',
          answer: 'yes',
          text: 'Every search records the accuracy of its architecture after each epoch, with seconds.',
          evidence: ['src/search/events.ts', 'figures/00-quickstart/accuracy-band.svg'],
        },
        {
          question: 'Comparison with random search',
          answer: 'yes',
          text: 'The exact expectation of the best of n random architectures, by the table’s own order statistics.',
          evidence: ['src/benchmarks/orderStatistics.ts', 'figures/00-quickstart/seeds.json'],
        },
        {
          question: 'Several runs, seeds reported',
          answer: 'yes',
          text: 'All seeds are shown, none left out; fewer than three give no agreeing verdict.',
          evidence: ['figures/00-quickstart/seeds.json', 'src/report/verdict.ts'],
        },
        {
          question: 'Tabular benchmarks used',
          answer: 'yes',
          text: 'NAS-Bench-201 with all 15,625 architectures; importers for the official files.',
          evidence: ['src/benchmarks/nasbench201.ts', 'datasets/nas-bench-201.md'],
        },
        {
          question: 'How hyperparameters were tuned, and at what cost',
          answer: 'yes',
          text: 'README and quickstart say which combinations of the laptop preset were tried on which seeds, by looking at the table. DARTS ran with the settings chosen for DrNAS.',
          evidence: ['README.md', 'notebooks/00-quickstart.ipynb'],
        },
        {
          question: 'Time of the whole method, not of the search alone',
          answer: 'partly',
          text: 'Seconds of every search and evaluation are stored; the time that choosing the preset took is not.',
          evidence: ['src/search/manifest.ts'],
        },
        {
          question: 'Compared with several other methods on this machinery',
          answer: rivals.length >= 3 ? 'yes' : 'partly',
          text: `With judged rows in Table 4: ${rivals.length ? rivals.join(', ') : 'none yet'}.`,
          evidence: ['figures/REPORT.md'],
        },
      ],
    },
    {
      title: 'Machine-learning reproducibility checklist',
      items: [
        {
          question: 'Method described, with its mathematics',
          answer: 'yes',
          text: 'Equations stand beside the code that computes them; notebook 01 derives the estimator’s properties by numbers.',
          evidence: ['src/distributions/pathwise.ts', 'src/distributions/pathwiseGradient.ts'],
        },
        {
          question: 'Theoretical claims with their assumptions, checked',
          answer: has('method/') ? 'yes' : 'no',
          text: has('method/')
            ? 'Proposition 1 by numbers, inside and outside of its assumptions.'
            : 'Proposition 1 has not been checked yet.',
          evidence: ['src/experiments/proposition1.ts'],
        },
        {
          question: 'Data: statistics, splits, how to get them, checksums',
          answer: 'yes',
          text: 'A page for each data set; a broken or wrong file is refused by its checksum.',
          evidence: ['datasets/README.md', 'src/data/splits.ts', 'src/data/verify.ts'],
        },
        {
          question: 'Dependencies',
          answer: 'yes',
          text: 'Pinned exactly, each with its reason; a test compares the list with package.json.',
          evidence: ['environment.md', 'test/environment.test.ts'],
        },
        {
          question: 'Training and evaluation code, with the commands for each result',
          answer: 'yes',
          text: 'Every exhibit of the report names its command.',
          evidence: ['README.md', 'figures/REPORT.md'],
        },
        {
          question: 'Trained models',
          answer: 'partly',
          text: 'Trained networks are saved, read and exported; none is shipped, for their size.',
          evidence: ['src/evaluation/networkFile.ts', 'src/export/onnx.ts'],
        },
        {
          question: 'Numbers of runs, means, deviations, intervals',
          answer: 'yes',
          text: 'Sample deviations, 95 % intervals by Student’s t, Wilson’s interval for hit rates.',
          evidence: ['src/statistics/spread.ts', 'figures/REPORT.md'],
        },
        {
          question: 'Computing infrastructure and cost',
          answer: 'yes',
          text: 'Processor, cores, memory, versions and seconds are in every manifest and beside every measured value.',
          evidence: ['src/search/manifest.ts', 'environment.md'],
        },
        {
          question: 'Results at the paper’s own scale',
          answer: paperScale ? 'partly' : 'no',
          text: paperScale
            ? 'Some searches ran at the paper’s scale; the report says which.'
            : 'Presets for it exist and are complete; no training at that scale is stored. What needs no training (counts, mathematics, look-ups) is exact.',
          evidence: ['src/search/presets.ts', 'figures/REPORT.md'],
        },
        {
          question: 'Checked by machine',
          answer: 'yes',
          text: 'One command runs tests, lint, types and all notebooks in a fresh clone; README, report and figures are compared with the stored results.',
          evidence: ['.ci/run', 'test/report/report.test.ts', 'scripts/reproduce.ts'],
        },
      ],
    },
  ];
}
