// The report as Markdown: figures/REPORT.md, figures/CHECKLIST.md, and the README's part.
import { formatPublished } from '../experiments/publishedNumber.js';
import type { ChecklistPart } from './checklist.js';
import type { ListedFigure } from './gallery.js';
import { countVerdicts, type JudgedResult, type ReportExhibit, type ReportItem } from './rows.js';
import { SEEDS_NEEDED, VERDICTS } from './verdict.js';

export interface ReportData {
  exhibits: readonly ReportExhibit[];
  figures: readonly ListedFigure[];
  otherFigures: readonly { path: string; sha256: string }[];
  checklist: readonly ChecklistPart[];
  /** Notebooks that exist, from the project's root, by their number. */
  notebooks: Record<string, string>;
}

const escapeCell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
export const table = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
) =>
  [line(head), line(head.map((_, i) => (right.includes(i) ? '---:' : '---'))), ...rows.map(line)].join('\n');

/** What a reader must know before the first number. */
export const RULES: readonly string[] = [
  '**reproduced**: equal to the digits that the paper prints, at the paper’s scale or without any training (exact).',
  '**within noise**: at the paper’s scale, at most two standard errors apart.',
  '**consistent at smaller scale**: equal or within noise, but at laptop scale: smaller images, network and schedule.',
  '**differs**: everything else, whatever the scale.',
  `**too few seeds**: it agrees, on fewer than ${SEEDS_NEEDED} seeds. Fewer seeds can count against, never for.`,
  '**not run**: nothing was measured of it, or only in another experiment (then the value is shown and not judged).',
];

export const TRUST_NOTE =
  'Published numbers marked *unverified* were recalled and not checked against a copy of the paper; the others were read ' +
  'in the authors’ repository or in tables of other papers that repeat them.';

export const RULE_SOURCE =
  'The rule is one function, `src/report/verdict.ts`. What our own seeds scatter counts as noise from three seeds on and up to 2 % of the paper’s value.';

/** `notebooks/01-dirichlet.ipynb` for `01`; several for `07 and 08`. */
export const notebooksOf = ({ notebook }: ReportExhibit, notebooks: Record<string, string>): string[] =>
  (notebook.match(/\d\d/g) ?? []).flatMap((number) => notebooks[number] ?? []);

const short = (path: string) =>
  path
    .split('/')
    .at(-1)
    ?.replace(/\.ipynb$/, '') ?? path;

/** The published value or claim. */
export const publishedText = ({ published, claim }: ReportItem): string =>
  published ? formatPublished(published) : `“${claim}”`;

/** How many seeds stand behind a result. */
export const seedsText = ({ result }: JudgedResult): string =>
  result.scale === 'exact' ? '–' : String(result.values.length);

/** Exhibits with the number of items of each verdict. */
export function summaryTable(data: ReportData, link: (path: string) => string): string {
  const rows = data.exhibits.map((exhibit) => {
    const counts = countVerdicts(exhibit.items);
    const books = notebooksOf(exhibit, data.notebooks).map((path) => `[${short(path)}](${link(path)})`);
    const title = exhibit.kind === 'table' ? `${exhibit.name}: ${exhibit.title}` : exhibit.title;
    return [
      escapeCell(title),
      String(exhibit.items.length),
      ...VERDICTS.map((verdict) => String(counts[verdict] || '·')),
      books.join(', ') || `${exhibit.notebook} (to come)`,
    ];
  });
  const all = data.exhibits.flatMap(({ items }) => items);
  const total = countVerdicts(all);
  rows.push(['**all**', `**${all.length}**`, ...VERDICTS.map((verdict) => `**${total[verdict]}**`), '']);
  return table(['exhibit', 'items', ...VERDICTS, 'notebook'], rows, [1, 2, 3, 4, 5, 6, 7]);
}

function matrix({ items, columns = {} }: ReportExhibit): string {
  const rows = [...new Set(items.map(({ row }) => row as string))].map((row) => [
    row,
    ...Object.keys(columns).map((column) => {
      const item = items.find((one) => one.row === row && one.column === column);
      if (!item) return '–';
      const [first] = item.results;
      const measured = first ? `<br>**${first.value}** ${item.verdict}` : '';
      return `${formatPublished(item.published!)}${measured}`;
    }),
  ]);
  return table(['', ...Object.values(columns)], rows);
}

function measuredTable(items: readonly ReportItem[], link: (path: string) => string): string {
  const rows = items.flatMap((item) =>
    item.results.map((judged) => {
      const { result, value, interval, verdict, why } = judged;
      const links = [result.notebook, result.manifest].flatMap((path) =>
        path ? [`[${short(path)}](${link(path)})`] : [],
      );
      const notes = [why, result.note, result.settings, result.cost].filter(Boolean).join('; ');
      return [
        `\`${item.id}\``,
        escapeCell(publishedText(item)),
        value,
        interval,
        seedsText(judged),
        result.scale,
        escapeCell(result.dataset),
        `**${verdict}**`,
        escapeCell(notes),
        links.join(', '),
      ];
    }),
  );
  return table(
    [
      'item',
      'paper',
      'measured',
      '95 % interval',
      'seeds',
      'scale',
      'data',
      'verdict',
      'on what it rests',
      'see',
    ],
    rows,
  );
}

/** Reasons, each with the items that it holds for; rows of a table by their names. */
export function notRunReasons(items: readonly ReportItem[]): { why: string; names: string[] }[] {
  const reasons = new Map<string, Set<string>>();
  for (const item of items) {
    if (item.results.length > 0) continue;
    const names = reasons.get(item.why) ?? new Set();
    names.add(item.row ?? item.label);
    reasons.set(item.why, names);
  }
  return [...reasons].map(([why, names]) => ({ why, names: [...names] }));
}

function section(exhibit: ReportExhibit, data: ReportData, link: (path: string) => string): string {
  const { name, kind, title, source, run, cost, items, notes = {} } = exhibit;
  const measured = items.filter(({ results }) => results.length > 0);
  const books = notebooksOf(exhibit, data.notebooks).map((path) => `[${path}](${link(path)})`);
  const parts = [
    `## ${kind === 'table' ? `${name}: ${title}` : title}`,
    `Read in: ${source}`,
    `Measured by: \`${run}\`; notebook ${books.join(', ') || `${exhibit.notebook}, to come`}. At the paper’s scale: ${cost}.`,
  ];
  if (kind === 'table') parts.push(matrix(exhibit));
  else
    parts.push(
      items
        .map(
          (item) =>
            `- ${escapeCell(item.claim ?? item.label)}: ${item.published ? `${publishedText(item)}; ` : ''}**${item.verdict}**`,
        )
        .join('\n'),
    );
  const special = Object.entries(notes).map(([row, note]) => `${row}: ${note}`);
  if (special.length) parts.push(`Rows: ${special.join('; ')}.`);
  if (measured.length) parts.push('### Measured', measuredTable(measured, link));
  const reasons = notRunReasons(items);
  if (reasons.length)
    parts.push(
      '### Not run',
      reasons.map(({ why, names }) => `- ${escapeCell(why)}: ${escapeCell(names.join('; '))}`).join('\n'),
    );
  return parts.join('\n\n');
}

const GENERATED = '<!-- Generated by `npm run report`; a test compares it with the stored results. -->';

/** figures/REPORT.md; links go out from figures/. */
export function reportMarkdown(data: ReportData): string {
  const link = (path: string) => (path.startsWith('figures/') ? path.slice('figures/'.length) : `../${path}`);
  const figures = data.figures.map(
    ({ path, caption, sha256 }) =>
      `![${escapeCell(caption)}](${link(path)}.png)\n\n${caption} [SVG](${link(path)}.svg), SHA-256 ${sha256.slice(0, 16)}…`,
  );
  const others = data.otherFigures.map(
    ({ path, sha256 }) => `[${path}](${link(path)}.svg) (${sha256.slice(0, 16)}…)`,
  );
  return `${[
    GENERATED,
    '# DrNAS: the paper against what was measured',
    'Every cell of the paper’s tables, every figure and statement, with what this kit has measured of it. [One page with pictures](report.html); [the reproducibility checklist](CHECKLIST.md).',
    RULES.map((rule) => `- ${rule}`).join('\n'),
    `${RULE_SOURCE} ${TRUST_NOTE}`,
    '## Summary',
    summaryTable(data, link),
    ...data.exhibits.map((exhibit) => section(exhibit, data, link)),
    '## Pictures',
    ...figures,
    ...(others.length ? [`Others: ${others.join(', ')}.`] : []),
  ].join('\n\n')}\n`;
}

/** figures/CHECKLIST.md. */
export function checklistMarkdown(parts: readonly ChecklistPart[]): string {
  const link = (path: string) => (path.startsWith('figures/') ? path.slice('figures/'.length) : `../${path}`);
  const sections = parts.flatMap(({ title, items }) => [
    `## ${title}`,
    table(
      ['question', 'answer', '', 'evidence'],
      items.map(({ question, answer, text, evidence }) => [
        escapeCell(question),
        `**${answer}**`,
        escapeCell(text),
        evidence.map((path) => `[${path}](${link(path)})`).join(', '),
      ]),
    ),
  ]);
  return `${[
    GENERATED,
    '# Reproducibility checklist',
    'Questions in our own words, after Lindauer & Hutter’s best practices for NAS (JMLR 21:243) and the machine-learning reproducibility checklist (Pineau et al., arXiv 2003.12206).',
    ...sections,
  ].join('\n\n')}\n`;
}

/** The README's part between its marks `<!-- report -->` and `<!-- end of report -->`. */
export function readmeReport(data: ReportData): string {
  const link = (path: string) => path;
  const pictures = data.figures
    .filter(({ readme }) => readme)
    .map(
      ({ path, caption }) =>
        `| [<img src="${path}.png" width="420" alt="${escapeCell(caption)}">](${path}.svg) | ${escapeCell(caption)} |`,
    );
  return [
    summaryTable(data, link),
    '',
    'Verdicts count doubt against agreement; [figures/REPORT.md](figures/REPORT.md) states the rule and lists every cell with interval, seeds, scale, cost and reason, [figures/report.html](figures/report.html) shows the same on one page, [figures/CHECKLIST.md](figures/CHECKLIST.md) is the reproducibility checklist.',
    '',
    '| figure | what it shows |',
    '|---|---|',
    ...pictures,
  ].join('\n');
}
