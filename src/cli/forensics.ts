// `drnas forensics`: which architectures the accuracies of a paper can be.
import { Command, Option } from 'commander';
import { TEST_SETS, type TestSet } from '../benchmarks/facts.js';
import { type Forensics, forensics } from '../benchmarks/forensics.js';
import { openTopology } from '../benchmarks/open.js';

interface Options {
  set?: TestSet;
  table?: string;
  json?: boolean;
}

const SHOWN = 12;

export function describeForensics(found: Forensics): string[] {
  const lines: string[] = [];
  for (const { set, text, fits } of found.alone)
    lines.push(`${set} ${text} %: ${fits} of 15,625 cells alone`);
  if (found.reported.length > 1)
    lines.push(`all ${found.reported.length} together: ${found.candidates.length} cell(s)`);
  for (const { index, arch, matches } of found.candidates.slice(0, SHOWN)) {
    lines.push(`  ${index}  ${arch}`);
    for (const m of matches) {
      lines.push(
        `      ${m.set} ${m.accuracy.toFixed(4)} (${m.by}), rank ${m.rank}, mean of ${m.trials} training(s)`,
      );
    }
  }
  if (found.candidates.length > SHOWN)
    lines.push(`  … and ${found.candidates.length - SHOWN} more (--json has all)`);
  for (const n of found.noise) {
    lines.push(
      Number.isNaN(n.deviation)
        ? `noise, ${n.set}: not known (${n.from})`
        : `noise, ${n.set}: one training scatters by ${n.deviation.toFixed(2)} (${n.trainings} trainings of ${n.architectures} cells near it, ${n.from}); ` +
            `the test set's size alone is ±${n.binomial.toFixed(2)}. ${n.within} cells lie within ±${n.halfWidth.toFixed(2)}` +
            (n.ranks ? `, ranks ${n.ranks[0]} to ${n.ranks[1]}` : ''),
    );
  }
  const others = found.elsewhere.map(({ column, fits }) => `${fits} in ${column}`);
  if (others.length > 0) lines.push(`the same digits as another evaluation: ${others.join('; ')}`);
  lines.push("what the digits can't say:", ...found.unknown.map((line) => `  - ${line}`));
  return lines;
}

export function forensicsCommand(): Command {
  return new Command('forensics')
    .description('which NAS-Bench-201 cells the accuracies of a paper can be, and how far noise reaches')
    .argument('<accuracy...>', 'test accuracy as printed: CIFAR-10, then CIFAR-100, then ImageNet16-120')
    .addOption(
      new Option('--set <name>', 'the data set of a single accuracy').choices(TEST_SETS).default('cifar10'),
    )
    .option('--table <file>', 'the benchmark (.table, or .csv)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The digits count: 94.4 fits more cells than 94.40. Accuracies are compared with the table's means over the trainings.

Examples:
  drnas forensics 94.36 73.51 46.34          the three numbers of the DrNAS paper
  drnas forensics 70.88 --set cifar100       one number`,
    )
    .action((texts: string[], { set = 'cifar10', table: file, json }: Options) => {
      if (texts.length > TEST_SETS.length)
        throw new Error(`${texts.length} accuracies, expected at most ${TEST_SETS.length}`);
      const numbers = texts.map((text, i) => ({ set: texts.length === 1 ? set : TEST_SETS[i], text }));
      const table = openTopology({ file, log: (line) => console.error(line) });
      if (table === undefined) throw new Error('forensics needs the benchmark: name it with --table');
      const found = forensics(table, numbers);
      if (json) console.log(JSON.stringify(found));
      else for (const line of describeForensics(found)) console.log(line);
    });
}
