// The report's files from what is stored in figures/: their contents, and writing them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../atomic.js';
import { type MeasuredResult, readResults } from '../experiments/measured.js';
import { countResults } from '../experiments/parameterCounts.js';
import type { SeedStudy } from '../experiments/seeds.js';
import { checklist } from './checklist.js';
import { EXHIBITS } from './exhibits.js';
import { cellResults, PROGRESSIVE, progressiveResults, TRAININGS, trainingResults } from './fromRuns.js';
import { seedResults } from './fromSeeds.js';
import { galleryFigures, otherFigures } from './gallery.js';
import { reportHtml } from './html.js';
import { checklistMarkdown, readmeReport, reportMarkdown } from './markdown.js';
import { buildReport } from './rows.js';
import { memoryTable, progressiveTable, trainingTable } from './runTables.js';
import { seedTable } from './seedTable.js';
import type { ReportData } from './words.js';

const MEMORY = 'figures/04-progressive/memory.json';
const STUDY = 'figures/00-quickstart/seeds.json';

const readStudy = (root: string): SeedStudy | undefined =>
  existsSync(join(root, STUDY)) ? JSON.parse(readFileSync(join(root, STUDY), 'utf8')) : undefined;

/** Everything measured: the result files, the stored studies and runs, and what is counted on the spot. */
export function allResults(root: string): MeasuredResult[] {
  const study = readStudy(root);
  return [
    ...countResults(),
    ...(study ? seedResults(study, STUDY, 'notebooks/00-quickstart.ipynb') : []),
    ...progressiveResults(root),
    ...cellResults(root),
    ...trainingResults(root),
    ...readResults(join(root, 'figures')),
  ];
}

/** Notebooks by their two digits. */
function notebooksIn(root: string): Record<string, string> {
  const files = existsSync(join(root, 'notebooks')) ? readdirSync(join(root, 'notebooks')).sort() : [];
  const own = files.filter((file) => /^\d\d.*\.ipynb$/.test(file));
  return Object.fromEntries(own.map((file) => [file.slice(0, 2), `notebooks/${file}`]));
}

/** The report's data for the project in `root`. */
export function reportData(root: string): ReportData {
  const exhibits = buildReport(EXHIBITS, allResults(root));
  return {
    exhibits,
    figures: galleryFigures(root),
    otherFigures: otherFigures(root),
    checklist: checklist(exhibits),
    notebooks: notebooksIn(root),
  };
}

/** `text` with what stands between the marks `<!-- name -->` and `<!-- end of name -->` replaced. */
export function betweenMarks(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`there are no marks ${begin.trim()} and ${end.trim()} in the text, in this order`);
  return text.slice(0, from + begin.length) + content + text.slice(to);
}

/** Every generated file by its path from the root: the report, the checklist, and the README with its generated parts. */
export function reportFiles(root: string): Record<string, string> {
  const data = reportData(root);
  const study = readStudy(root);
  let readme = readFileSync(join(root, 'README.md'), 'utf8');
  if (study) readme = betweenMarks(readme, 'results', seedTable(study));
  const runs = [
    progressiveTable(root, PROGRESSIVE),
    memoryTable(root, MEMORY),
    trainingTable(root, TRAININGS),
  ].filter(Boolean);
  if (runs.length) readme = betweenMarks(readme, 'runs', runs.join('\n\n'));
  readme = betweenMarks(readme, 'report', readmeReport(data));
  return {
    'figures/REPORT.md': reportMarkdown(data),
    'figures/CHECKLIST.md': checklistMarkdown(data.checklist),
    'figures/report.html': reportHtml(data, root),
    'README.md': readme,
  };
}

/** Writes them, and gives the paths of those that have changed. */
export function writeReport(root: string): string[] {
  const changed = Object.entries(reportFiles(root)).filter(([path, content]) => {
    const file = join(root, path);
    return !existsSync(file) || readFileSync(file, 'utf8') !== content;
  });
  for (const [path, content] of changed) writeAtomically(join(root, path), content);
  return changed.map(([path]) => path);
}
