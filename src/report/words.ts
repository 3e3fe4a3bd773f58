// What the report says in either of its forms: the data it is made from, its rules in words, and how a value is put.
import { formatPublished } from '../experiments/publishedNumber.js';
import type { ChecklistPart } from './checklist.js';
import type { ListedFigure } from './gallery.js';
import type { JudgedResult, ReportExhibit, ReportItem } from './rows.js';
import { SEEDS_NEEDED } from './verdict.js';

export interface ReportData {
  exhibits: readonly ReportExhibit[];
  figures: readonly ListedFigure[];
  otherFigures: readonly { path: string; sha256: string }[];
  checklist: readonly ChecklistPart[];
  /** Notebooks that exist, from the project's root, by their number. */
  notebooks: Record<string, string>;
}

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

/** The published value or claim. */
export const publishedText = ({ published, claim }: ReportItem): string =>
  published ? formatPublished(published) : `“${claim}”`;

/** How many seeds stand behind a result. */
export const seedsText = ({ result }: JudgedResult): string =>
  result.scale === 'exact' ? '–' : String(result.values.length);

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
