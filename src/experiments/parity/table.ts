// The parity table of environment.md: a row a check, a column a backend, the largest error in each place.
import { type ParityBackend, parityBackends } from './backends.js';
import { type Check, GROUPS } from './check.js';
import { type BackendResult, type ParityReport, parityChecks } from './run.js';

const exponent = (value: number): string =>
  value === 0 ? '0' : Number.isFinite(value) ? value.toExponential(0) : 'fails';

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** Headings and the names of the rows: what the document must have whatever was measured. */
export function tableForm(
  backends: readonly ParityBackend[] = parityBackends,
  checks: readonly Check[] = parityChecks,
): { headings: string[]; rows: string[] } {
  const tolerance = GROUPS.map((group) => `tolerance, ${group}`);
  return {
    headings: ['', ...backends.map(({ title }) => title)],
    rows: [...checks.map(({ name }) => name), ...tolerance],
  };
}

/** The report as markdown: what computed, the table, and what did not load. */
export function parityTable(report: ParityReport, date: string): string {
  const { headings, rows } = tableForm();
  const column = (title: string) => report.backends.find((backend) => backend.title === title);
  const columns = headings.slice(1).map(column);
  const errorOf = (backend: BackendResult | undefined, name: string) => {
    const check = backend?.checks.find((result) => result.name === name);
    return check ? exponent(check.error) : '–';
  };
  const toleranceOf = (title: string, group: string) => {
    const backend = parityBackends.find((candidate) => candidate.title === title)!;
    return exponent(backend.tolerances[group as (typeof GROUPS)[number]]);
  };
  const body = rows.map((name) => {
    const group = name.startsWith('tolerance, ') ? name.slice('tolerance, '.length) : undefined;
    const cells = columns.map((backend, i) =>
      group ? toleranceOf(headings[i + 1], group) : errorOf(backend, name),
    );
    return row([name, ...cells]);
  });
  const engines = report.backends.map(({ title, engine, absent, growth }) => {
    const grown =
      growth === undefined ? '' : `; ${growth} tensors more after ${report.growthSteps} search steps`;
    return engine ? `- ${title}: ${engine}${grown}` : `- ${title}: not there (${absent})`;
  });
  return [
    `Measured ${date}:`,
    '',
    ...engines,
    '',
    row(headings),
    row(headings.map(() => '---')),
    ...body,
  ].join('\n');
}

/** A part of a document between marks of its own. */
export type Part = 'parity' | 'growth';

/** What stands between the marks of the document. @throws where it has no marks. */
export function storedTable(document: string, part: Part = 'parity'): string {
  const [begin, end] = [`<!-- ${part} -->\n`, `\n<!-- end of ${part} -->`];
  const [from, to] = [document.indexOf(begin) + begin.length, document.indexOf(end)];
  if (from >= begin.length && to >= from) return document.slice(from, to);
  throw new Error(`there are no marks <!-- ${part} --> and <!-- end of ${part} -->`);
}

export function withTable(document: string, table: string, part: Part = 'parity'): string {
  const stored = storedTable(document, part);
  const begin = `<!-- ${part} -->\n`;
  const from = document.indexOf(begin) + begin.length;
  return document.slice(0, from) + table + document.slice(from + stored.length);
}
