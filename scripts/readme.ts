// node --import tsx scripts/readme.ts: writes the results of the stored seed study into README.md, between its marks.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from '../src/atomic.js';
import { seedTable } from '../src/report/seedTable.js';
import { projectRoot } from '../src/root.js';

const readme = join(projectRoot(), 'README.md');
const study = JSON.parse(readFileSync(join(projectRoot(), 'figures', '00-quickstart', 'seeds.json'), 'utf8'));
const text = readFileSync(readme, 'utf8');
const marks = /(<!-- results -->\n)[\s\S]*(\n<!-- end of results -->)/;
if (!marks.test(text)) throw new Error('README.md has no marks <!-- results --> and <!-- end of results -->');
writeAtomically(
  readme,
  text.replace(marks, (_, begin, end) => `${begin}${seedTable(study)}${end}`),
);
console.log('README.md holds the stored results');
