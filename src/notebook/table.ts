// Shows rows as a table: HTML in a notebook, Markdown on GitHub, aligned text in a terminal.
import { show } from './display.js';

type Row = Record<string, unknown>;

/** What is needed of an Arquero table. */
interface ColumnTable {
  columnNames(): string[];
  objects(): object[];
}

export interface TableOptions {
  /** Digits after the point, of all columns or by column; whole numbers are shown without. */
  decimals?: number | Record<string, number>;
  /** Rows shown; the rest is counted. */
  limit?: number;
  /** Column headings where they are to differ from the names. */
  headings?: Record<string, string>;
  title?: string;
}

interface Layout {
  headings: string[];
  cells: string[][];
  numeric: boolean[];
  rest: number;
  title: string;
}

function layOut(table: ColumnTable | readonly object[], options: TableOptions): Layout {
  const { decimals = 2, limit = 50, headings = {}, title = '' } = options;
  const rows = (Array.isArray(table) ? table : (table as ColumnTable).objects()) as Row[];
  const names = Array.isArray(table)
    ? [...new Set(rows.flatMap((row) => Object.keys(row)))]
    : (table as ColumnTable).columnNames();
  const digits = (name: string) => (typeof decimals === 'number' ? decimals : (decimals[name] ?? 2));
  const whole = (name: string) =>
    rows.every((row) => typeof row[name] !== 'number' || Number.isInteger(row[name]));
  const format = (name: string, value: unknown, isWhole: boolean) => {
    if (value === null || value === undefined) return '';
    if (typeof value !== 'number' || isWhole || !Number.isFinite(value)) return String(value);
    return value.toFixed(digits(name));
  };
  const columns = names.map((name) => {
    const isWhole = whole(name);
    return rows.slice(0, limit).map((row) => format(name, row[name], isWhole));
  });
  const isNumeric = (name: string) =>
    rows.some((row) => typeof row[name] === 'number') &&
    rows.every((row) => row[name] === null || row[name] === undefined || typeof row[name] === 'number');
  return {
    headings: names.map((name) => headings[name] ?? name),
    cells: rows.slice(0, limit).map((_, i) => columns.map((column) => column[i])),
    numeric: names.map(isNumeric),
    rest: Math.max(0, rows.length - limit),
    title,
  };
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string) => text.replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign]);
const escapeMarkdown = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const remainder = (rest: number) => (rest > 0 ? `… and ${rest} more rows` : '');

function toHtml({ headings, cells, numeric, rest, title }: Layout): string {
  const cell = (tag: string) => (text: string, i: number) =>
    `<${tag} style="text-align: ${numeric[i] ? 'right' : 'left'}">${escapeHtml(text)}</${tag}>`;
  const row = (tag: string, texts: string[]) => `<tr>${texts.map(cell(tag)).join('')}</tr>`;
  const caption = title ? `<caption>${escapeHtml(title)}</caption>` : '';
  const body = cells.map((texts) => row('td', texts)).join('\n');
  const more = rest > 0 ? `\n<p>${remainder(rest)}</p>` : '';
  return `<table>${caption}\n<thead>${row('th', headings)}</thead>\n<tbody>\n${body}\n</tbody>\n</table>${more}`;
}

function toMarkdown({ headings, cells, numeric, rest, title }: Layout): string {
  const row = (texts: string[]) => `| ${texts.map(escapeMarkdown).join(' | ')} |`;
  const rule = `|${numeric.map((right) => (right ? '---:' : ':---')).join('|')}|`;
  const parts = [
    title && `**${title}**\n`,
    row(headings),
    rule,
    ...cells.map(row),
    rest > 0 && `\n${remainder(rest)}`,
  ];
  return parts.filter(Boolean).join('\n');
}

function toText({ headings, cells, numeric, rest, title }: Layout): string {
  const widths = headings.map((heading, i) => Math.max(heading.length, ...cells.map((row) => row[i].length)));
  const row = (texts: string[]) =>
    texts
      .map((text, i) => (numeric[i] ? text.padStart(widths[i]) : text.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [title, row(headings), rule, ...cells.map(row), remainder(rest)].filter(Boolean).join('\n');
}

/** The three representations of a table, of which the front end chooses. */
export function tableBundle(table: ColumnTable | readonly object[], options: TableOptions = {}) {
  const layout = layOut(table, options);
  return { 'text/html': toHtml(layout), 'text/markdown': toMarkdown(layout), 'text/plain': toText(layout) };
}

/** The table as aligned text, for a terminal. */
export const tableText = (table: ColumnTable | readonly object[], options: TableOptions = {}): string =>
  toText(layOut(table, options));

/** `table`: an Arquero table, or rows as objects, whose columns are all keys in order of appearance. */
export function showTable(table: ColumnTable | readonly object[], options: TableOptions = {}): void {
  show(tableBundle(table, options));
}
