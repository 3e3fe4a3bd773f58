// The report as one page that needs nothing else: figures/report.html, with its pictures inside.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatPublished } from '../experiments/publishedNumber.js';
import { countVerdicts, type ReportExhibit, type ReportItem } from './rows.js';
import { STYLE } from './style.js';
import { VERDICTS, type Verdict } from './verdict.js';
import {
  notebooksOf,
  notRunReasons,
  publishedText,
  type ReportData,
  RULE_SOURCE,
  RULES,
  seedsText,
  TRUST_NOTE,
} from './words.js';

const SIGNS: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const text = (raw: string) => raw.replaceAll(/[&<>"]/g, (sign) => SIGNS[sign]);
/** Bold, italics and code of Markdown, after escaping. */
const inline = (raw: string) =>
  text(raw)
    .replaceAll(/\*\*(.+?)\*\*/g, '<b>$1</b>')
    .replaceAll(/\*(.+?)\*/g, '<i>$1</i>')
    .replaceAll(/`(.+?)`/g, '<code>$1</code>');

const slug = (verdict: Verdict) => verdict.replaceAll(' ', '-');
const badge = (verdict: Verdict) => `<span class="verdict ${slug(verdict)}">${verdict}</span>`;
const link = (path: string) =>
  `<a href="${text(path.startsWith('figures/') ? path.slice('figures/'.length) : `../${path}`)}">${text(path)}</a>`;

const row = (cells: readonly string[], tag = 'td') =>
  `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
const table = (head: readonly string[], rows: readonly (readonly string[])[], kind = '') =>
  `<div class="scroll"><table${kind ? ` class="${kind}"` : ''}><thead>${row(head.map(text), 'th')}</thead><tbody>\n${rows
    .map((cells) => row(cells))
    .join('\n')}\n</tbody></table></div>`;

function summary({ exhibits, notebooks }: ReportData): string {
  const rows = exhibits.map((exhibit) => {
    const counts = countVerdicts(exhibit.items);
    const title = exhibit.kind === 'table' ? `${exhibit.name}: ${exhibit.title}` : exhibit.title;
    const books = notebooksOf(exhibit, notebooks).map(link);
    return [
      `<a href="#${exhibit.id}">${text(title)}</a>`,
      String(exhibit.items.length),
      ...VERDICTS.map((verdict) =>
        counts[verdict] ? String(counts[verdict]) : '<span class="faint">·</span>',
      ),
      books.join(', ') || `<span class="faint">${exhibit.notebook}, to come</span>`,
    ];
  });
  const all = exhibits.flatMap(({ items }) => items);
  const total = countVerdicts(all);
  rows.push([
    '<b>all</b>',
    `<b>${all.length}</b>`,
    ...VERDICTS.map((verdict) => `<b>${total[verdict]}</b>`),
    '',
  ]);
  return table(['exhibit', 'items', ...VERDICTS, 'notebook'], rows, 'summary');
}

function matrix({ items, columns = {} }: ReportExhibit): string {
  const names = [...new Set(items.map(({ row: name }) => name as string))];
  const rows = names.map((name) => [
    text(name),
    ...Object.keys(columns).map((column) => {
      const item = items.find((one) => one.row === name && one.column === column);
      if (!item) return '<span class="faint">–</span>';
      const [first] = item.results;
      const measured = first
        ? `<span class="measured">${text(first.value)}</span>${badge(item.verdict)}`
        : '';
      return `<span title="${text(`${item.id}: ${item.why}`)}">${text(formatPublished(item.published!))}</span>${measured}`;
    }),
  ]);
  return table(['', ...Object.values(columns)], rows, 'matrix');
}

function measured(items: readonly ReportItem[]): string {
  const rows = items.flatMap((item) =>
    item.results.map((judged) => {
      const { result, value, interval, verdict, why } = judged;
      const notes = [why, result.note, result.settings, result.cost].filter(Boolean) as string[];
      const links = [result.notebook, result.manifest].flatMap((path) => (path ? [link(path)] : []));
      return [
        `<code>${text(item.id)}</code>`,
        text(publishedText(item)),
        `<b>${text(value)}</b>`,
        text(interval),
        seedsText(judged),
        result.scale,
        text(result.dataset),
        badge(verdict),
        [...notes.map(text), ...links].join('; '),
      ];
    }),
  );
  return table(
    ['item', 'paper', 'measured', '95 % interval', 'seeds', 'scale', 'data', 'verdict', 'on what it rests'],
    rows,
  );
}

function section(exhibit: ReportExhibit, { notebooks }: ReportData): string {
  const { id, name, kind, title, source, run, cost, items, notes = {} } = exhibit;
  const found = items.filter(({ results }) => results.length > 0);
  const books = notebooksOf(exhibit, notebooks).map(link);
  const reasons = notRunReasons(items);
  const special = Object.entries(notes).map(([rowName, note]) => `${rowName}: ${note}`);
  return [
    `<section id="${id}"><h2>${text(kind === 'table' ? `${name}: ${title}` : title)}</h2>`,
    `<p class="source">Read in: ${text(source)}</p>`,
    `<p class="source">Measured by <code>${text(run)}</code>; notebook ${books.join(', ') || `${exhibit.notebook}, to come`}. At the paper’s scale: ${text(cost)}.</p>`,
    kind === 'table'
      ? matrix(exhibit)
      : `<ul>${items
          .map(
            (item) =>
              `<li>${text(item.claim ?? item.label)}: ${item.published ? `${text(publishedText(item))} ` : ''}${badge(item.verdict)}</li>`,
          )
          .join('')}</ul>`,
    special.length ? `<p class="source">Rows: ${text(special.join('; '))}.</p>` : '',
    found.length ? `<h3>Measured</h3>${measured(found)}` : '',
    reasons.length
      ? `<h3>Not run</h3><ul>${reasons.map(({ why, names }) => `<li>${text(why)}: <span class="faint">${text(names.join('; '))}</span></li>`).join('')}</ul>`
      : '',
    '</section>',
  ]
    .filter(Boolean)
    .join('\n');
}

/** Every item in one long list, for those who look for an id. */
function appendix({ exhibits }: ReportData): string {
  const rows = exhibits.flatMap(({ items }) =>
    items.map((item) => [
      `<code>${text(item.id)}</code>`,
      text(publishedText(item)),
      item.trust,
      item.results.map(({ value }) => text(value)).join('<br>') || '–',
      badge(item.verdict),
      text(item.why),
    ]),
  );
  return `<details><summary>All ${rows.length} items by id</summary>${table(
    ['id', 'paper', 'trust', 'measured', 'verdict', 'why'],
    rows,
  )}</details>`;
}

/** The page; pictures are read from `root`. */
export function reportHtml(data: ReportData, root: string): string {
  const figures = data.figures.map(({ path, caption, sha256 }) => {
    const png = readFileSync(join(root, `${path}.png`)).toString('base64');
    return `<figure><img src="data:image/png;base64,${png}" alt="${text(caption)}"><figcaption>${text(caption)} ${link(`${path}.svg`)}, SHA-256 ${sha256.slice(0, 16)}…</figcaption></figure>`;
  });
  const lists = data.checklist.map(
    ({ title, items }) =>
      `<h3>${text(title)}</h3>${table(
        ['question', 'answer', '', 'evidence'],
        items.map(({ question, answer, text: said, evidence }) => [
          text(question),
          `<b>${answer}</b>`,
          text(said),
          evidence.map(link).join('<br>'),
        ]),
      )}`,
  );
  return `<!DOCTYPE html>
<!-- Generated by \`npm run report\`; a test compares it with the stored results. -->
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>DrNAS: the paper against what was measured</title><style>${STYLE}</style></head><body>
<h1>DrNAS: the paper against what was measured</h1>
<p class="lead">Every cell of the paper’s tables, every figure and statement, with what this kit has measured of it.</p>
<ul>${RULES.map((rule) => `<li>${inline(rule)}</li>`).join('')}</ul>
<p>${inline(RULE_SOURCE)} ${inline(TRUST_NOTE)}</p>
<h2>Summary</h2>
${summary(data)}
${data.exhibits.map((exhibit) => section(exhibit, data)).join('\n')}
<h2 id="pictures">Pictures</h2>
${figures.join('\n')}
<h2 id="checklist">Reproducibility checklist</h2>
<p class="source">Questions in our own words, after Lindauer &amp; Hutter’s best practices for NAS (JMLR 21:243) and the machine-learning reproducibility checklist (Pineau et al., arXiv 2003.12206).</p>
${lists.join('\n')}
<h2 id="all">All items</h2>
${appendix(data)}
</body></html>
`;
}
