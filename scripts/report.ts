// `npm run report`: writes figures/REPORT.md, report.html, CHECKLIST.md and the README's generated parts from what is stored.
import { reportData, writeReport } from '../src/report/files.js';
import { countVerdicts } from '../src/report/rows.js';
import { VERDICTS } from '../src/report/verdict.js';
import { projectRoot } from '../src/root.js';

const root = projectRoot();
const changed = writeReport(root);
const items = reportData(root).exhibits.flatMap((exhibit) => exhibit.items);
const counts = countVerdicts(items);
console.log(
  `${items.length} items: ${VERDICTS.map((verdict) => `${counts[verdict]} ${verdict}`).join(', ')}`,
);
console.log(changed.length ? `written: ${changed.join(', ')}` : 'every file was up to date');
