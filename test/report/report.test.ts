// The generated files against what is stored: a changed number, picture or claim makes this red.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import { svgToPng } from '../../src/figures/render.js';
import { checklist } from '../../src/report/checklist.js';
import { allResults, betweenMarks, reportData, reportFiles } from '../../src/report/files.js';
import { projectRoot } from '../../src/root.js';

const root = projectRoot();
const stored = (path: string) => readFileSync(join(root, path), 'utf8');

describe('the generated report', () => {
  const files = reportFiles(root);
  for (const path of Object.keys(files)) {
    it(`is what ${path} holds (else run npm run report)`, () => {
      // Not compared by chai: a difference of megabytes would be printed.
      expect(stored(path) === files[path], `${path} is out of date`).to.equal(true);
    });
  }

  it('links to files that exist', () => {
    for (const path of ['figures/REPORT.md', 'figures/CHECKLIST.md', 'README.md']) {
      const folder = path.startsWith('figures/') ? 'figures' : '.';
      const targets = [...files[path].matchAll(/\]\(([^)#\s]+)\)/g)].map(([, target]) => target);
      const missing = targets.filter((to) => !to.includes('://') && !existsSync(join(root, folder, to)));
      expect(missing, path).to.deep.equal([]);
    }
  });

  it('shows every item by its id, and no recalled number without saying so', () => {
    const html = files['figures/report.html'];
    for (const { items } of reportData(root).exhibits) {
      for (const { id, trust, published } of items) {
        expect(html.includes(`<code>${id}</code>`), id).to.equal(true);
        if (!published || !trust.startsWith('MEM')) continue;
        const row = html.slice(html.lastIndexOf(`<code>${id}</code>`)).split('</tr>')[0];
        expect(row, id).to.include('(unverified)');
      }
    }
  });

  it('is one page that loads nothing', () => {
    const html = files['figures/report.html'];
    expect(html).not.to.match(/<script|<link|src="(?!data:)|url\(/);
  });

  it('names notebooks and manifests that exist', () => {
    for (const { exhibit, notebook, manifest } of allResults(root))
      for (const path of [notebook, manifest])
        if (path) expect(existsSync(join(root, path)), `${exhibit}: ${path}`).to.equal(true);
  });
});

describe('the reproducibility checklist', () => {
  it('has evidence that exists for every answer, and says what is missing', () => {
    for (const { items } of checklist(reportData(root).exhibits)) {
      for (const { question, text, evidence } of items) {
        expect(text, question).to.match(/\w{4}/);
        expect(evidence.length, question).to.be.greaterThan(0);
        for (const path of evidence)
          expect(existsSync(join(root, path)), `${question}: ${path}`).to.equal(true);
      }
    }
  });

  it('does not claim ablations, rivals or the paper’s scale before they are measured', () => {
    const answers = new Map(
      checklist([]).flatMap(({ items }) => items.map((item) => [item.question, item.answer])),
    );
    expect(answers.get('Ablations')).to.equal('partly');
    expect(answers.get('Compared with several other methods on this machinery')).to.equal('partly');
    expect(answers.get('Results at the paper’s own scale')).to.equal('no');
    expect(answers.get('Theoretical claims with their assumptions, checked')).to.equal('no');
  });
});

describe('the stored pictures', () => {
  const folders = readdirSync(join(root, 'figures'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  for (const { name: folder } of folders) {
    it(`of ${folder} are drawn from their SVG files`, async () => {
      const names = readdirSync(join(root, 'figures', folder)).filter((file) => file.endsWith('.svg'));
      for (const file of names) {
        const base = join(root, 'figures', folder, file.slice(0, -'.svg'.length));
        // A quarter of the size: an edited word or line shows, the rasteriser's last bits do not.
        const small = (png: Buffer | string) =>
          sharp(png)
            .flatten({ background: 'white' })
            .greyscale()
            .resize(480, 240, { fit: 'fill' })
            .raw()
            .toBuffer();
        const [drawn, png] = await Promise.all([
          small(svgToPng(readFileSync(`${base}.svg`, 'utf8'))),
          small(`${base}.png`),
        ]);
        const worst = drawn.reduce((most, grey, i) => Math.max(most, Math.abs(grey - png[i])), 0);
        expect(worst, `${folder}/${file}: of 255 shades of grey`).to.be.below(16);
      }
    }).timeout(30_000);
  }
});

describe('the text between marks', () => {
  it('is replaced, and missing marks are named', () => {
    expect(betweenMarks('a\n<!-- x -->\nold\n<!-- end of x -->\nb', 'x', 'new')).to.equal(
      'a\n<!-- x -->\nnew\n<!-- end of x -->\nb',
    );
    expect(() => betweenMarks('a', 'x', 'new')).to.throw('<!-- x -->');
  });
});
