// The bench's results as tables, for the terminal and for bench/RESULTS.md.
import { aimsSection } from './aims.js';
import { stepFlops } from './flops.js';
import { formatBytes, formatPercent, formatRatio, formatSeconds, formatTable } from './format.js';
import { BUSY_LOAD, BUSY_OTHERS } from './machine.js';
import { type Results, summarise, type WorkloadResult } from './results.js';
import type { Roofline } from './roofline.js';
import type { Ratio } from './statistics.js';

/** One table for a workload: a row a contestant. */
export function workloadTable(result: WorkloadResult, roofline?: Roofline): string {
  const headings = [
    ...['', 'step', 'against plain', 'range', 'against the fastest', 'range'],
    ...['peak memory', 'of it at rest', 'GFLOP/s'],
  ];
  const ratio = (faster?: Ratio) =>
    faster
      ? [formatRatio(faster.median), `${formatRatio(faster.low)} to ${formatRatio(faster.high)}`]
      : ['–', '–'];
  const rows = summarise(result, roofline).map(
    ({ name, median, fasterThanPlain, faster, peakBytes, restBytes, flopsPerSecond, share }) => [
      name,
      formatSeconds(median),
      ...ratio(fasterThanPlain),
      ...ratio(faster),
      formatBytes(peakBytes),
      formatBytes(restBytes),
      (flopsPerSecond / 1e9).toFixed(0),
      ...(roofline ? [formatPercent(share!)] : []),
    ],
  );
  const { total } = stepFlops(result.workload);
  const absent = result.absent.map(({ name, reason }) => `${name} was not measured: ${reason}`);
  return [
    `${result.workload.name}: ${result.workload.title} (${(total / 1e9).toPrecision(3)} GFLOP a step)`,
    '',
    formatTable(roofline ? [...headings, 'of the peak'] : headings, rows),
    ...(absent.length ? ['', ...absent] : []),
  ].join('\n');
}

export function rooflineText({ flopsPerSecond, copyBytesPerSecond, method }: Roofline): string {
  const copy = copyBytesPerSecond
    ? `; copying: ${(copyBytesPerSecond / 1e9).toFixed(0)} GB/s, read and written bytes together`
    : '';
  return `measured peak: ${(flopsPerSecond / 1e9).toFixed(0)} GFLOP/s (${method})${copy}`;
}

/** What makes the numbers doubtful, as sentences. */
export function doubts({ load, workloads }: Results): string[] {
  const found: string[] = [];
  if (load > BUSY_LOAD) found.push(`The load average was ${load.toFixed(2)} before the first step.`);
  for (const result of workloads) {
    for (const { name, others } of summarise(result)) {
      if (others !== null && others > BUSY_OTHERS) {
        const taken = others.toFixed(1);
        found.push(`${result.workload.name}, ${name}: other programs took up to ${taken} processors.`);
      }
    }
  }
  return found;
}

/** What is known where there is no doubt. */
function quiet({ load, workloads }: Results): string {
  const watched = workloads.some(({ measurements }) =>
    measurements.some(({ others }) => others.some((count) => count !== null)),
  );
  return [
    `The load average before the first step was ${load.toFixed(2)}; `,
    watched
      ? `other programs took at most ${BUSY_OTHERS} processors during a turn.`
      : 'what other programs took during the turns cannot be told here.',
  ].join('');
}

/** Which workloads were timed one process at a time, as an aside. */
function slowOnes(workloads: readonly WorkloadResult[]): string {
  const slow = workloads.filter(({ workload }) => workload.slow);
  if (slow.length === 0) return '';
  const names = slow.map(({ workload }) => workload.name).join(' and ');
  return ` (the slow ${names}: 2 rounds at the most, started anew for each)`;
}

/** bench/RESULTS.md. */
export function resultsMarkdown(results: Results): string {
  const { machine, date, threads, rounds, stepsPerRound, roofline, workloads } = results;
  const engines = new Map(
    workloads.flatMap(({ measurements }) =>
      measurements.map(({ name, introduction }) => [name, introduction] as const),
    ),
  );
  const doubtful = doubts(results);
  return `<!-- Written by npm run bench -- --write; edits are lost. -->
# How fast a step is

One step of the architecture search (an architecture update, then a weight update, first order), or of the training of a
found network, on random images, by this project on its own kernels (native, wasm) and on libtensorflow (tensorflow,
where it is there), and by PyTorch, ${threads} threads each. The contestants are
processes of their own that take turns, ${rounds} rounds of ${stepsPerRound} step${stepsPerRound === 1 ? '' : 's'} each after a warm-up${slowOnes(workloads)}, in an order that rotates.

* **step**: median over all steps.
* **against plain**: how many times faster than plain PyTorch, of whichever version is faster; **against the fastest**: the
  same with the fastest PyTorch of that table, rewritten forms included. Each round's medians are compared with each other,
  then the median of the rounds is taken. **range** is the smallest and the largest round.
* **peak memory**: the most resident memory the process ever held; **of it at rest** was there before the network was
  built (Node, or Python with PyTorch's libraries).
* **GFLOP/s**: the convolutions' floating-point operations of the plain mathematics (bench/flops.ts says how they are
  counted), divided by the time. Where an engine finds a way around some of them it is credited all the same; "plain" computes
  more than the count, for its architecture pass differentiates the weights too.

"plain" is what a PyTorch user would write, one operation after another; "plain-nhwc" is the same with images in
channels-last memory. "rewritten" leaves weight gradients out of the architecture pass and computes once what branches have
in common: on NAS-Bench-201 one relu per source node, joined convolutions, batch norm and mixing weight as one scale; on the
DARTS space one relu and one normalised pool of each kind per state, and joined depthwise convolutions (bench/pytorch). All
are checked against recorded numbers of the reference before they are timed, and have the same number of weights.

${workloads.map((result) => `## ${workloadTable(result, roofline)}`).join('\n\n')}

${aimsSection(results)}${roofline ? `${rooflineText(roofline)[0].toUpperCase()}${rooflineText(roofline).slice(1)}.\n\n` : ''}## Where and when

${date}, sources at ${machine.commit}. ${machine.cpu}, ${machine.cores} cores, ${formatBytes(machine.memoryBytes)} of memory, ${machine.system}, Node ${machine.node}.
${[...engines].map(([name, { engine, version }]) => `* ${name}: ${[engine, version].filter(Boolean).join(', ')}`).join('\n')}

${doubtful.length ? `**Take with care.** ${doubtful.join(' ')}` : quiet(results)}
`;
}
