// Exhibits joined with results: complete, nothing lost, the result nearest to the paper judged.
import { expect } from 'chai';
import type { MeasuredResult } from '../../src/experiments/measured.js';
import { countResults } from '../../src/experiments/parameterCounts.js';
import { allPublished, PUBLISHED_FIGURES } from '../../src/experiments/published.js';
import type { SeedStudy } from '../../src/experiments/seeds.js';
import { allItems, EXHIBITS } from '../../src/report/exhibits.js';
import { seedResults } from '../../src/report/fromSeeds.js';
import { buildReport, countVerdicts } from '../../src/report/rows.js';

const result = (exhibit: string, change: Partial<MeasuredResult> = {}): MeasuredResult => ({
  ...{ exhibit, values: [94.36, 94.36, 94.36], seeds: [0, 1, 2], scale: 'laptop', dataset: 'x', cost: 'x' },
  ...change,
});
const itemOf = (results: MeasuredResult[], id: string) =>
  buildReport(EXHIBITS, results)
    .flatMap(({ items }) => items)
    .find((item) => item.id === id)!;

describe('the exhibits', () => {
  it('hold every published number and claim once, each with a reason for not having been run', () => {
    const items = EXHIBITS.flatMap((exhibit) => exhibit.items);
    expect(new Set(items.map(({ id }) => id)).size).to.equal(items.length);
    const claims = PUBLISHED_FIGURES.flatMap((figure) => figure.claims);
    const shown = PUBLISHED_FIGURES.flatMap(({ numbers = {} }) => Object.keys(numbers));
    expect(items.length).to.equal(allPublished().size + claims.length + shown.length);
    for (const [id, number] of allPublished()) expect(allItems().get(id)?.published).to.equal(number);
    for (const { id, notRun, published, claim } of items) {
      expect(notRun, id).to.match(/\w{3}/);
      expect(Boolean(published) !== Boolean(claim), id).to.equal(true);
    }
  });

  it('name the command that measures them and its cost', () => {
    for (const { id, run, cost, notebook } of EXHIBITS) {
      expect(run, id).to.match(/\w/);
      expect(cost, id).to.match(/\w/);
      expect(notebook, id).to.match(/^\d\d( and \d\d)?$/);
    }
  });
});

describe('the report’s rows', () => {
  it('are "not run" throughout without results', () => {
    const items = buildReport(EXHIBITS, []).flatMap((exhibit) => exhibit.items);
    expect(countVerdicts(items)['not run']).to.equal(items.length);
  });

  it('judge the result nearest to the paper’s scale and keep the others', () => {
    const id = 'table4/DrNAS/cifar10 test';
    const item = itemOf([result(id, { values: [93, 93, 93] }), result(id, { scale: 'paper' })], id);
    expect(item.verdict).to.equal('reproduced');
    expect(item.results.map(({ verdict }) => verdict)).to.deep.equal(['reproduced', 'differs']);
    const other = result(id, { scale: 'paper', otherExperiment: 'another split' });
    expect(itemOf([other, result(id)], id).verdict).to.equal('consistent at smaller scale');
  });

  it('give the value with the paper’s digits and a 95 % interval by Student’s t', () => {
    const id = 'table5/lambda=1e-3/cifar10 test';
    const [{ value, interval }] = itemOf([result(id, { values: [93, 94, 95] })], id).results;
    // Mean 94, s = 1, t(2) = 4.3027: 94 -+ 4.3027 / sqrt 3 = 2.484.
    expect(value).to.equal('94.00 ± 1.00');
    expect(interval).to.equal('91.52 to 96.48');
  });

  it('refuse a result whose exhibit they do not know, with ids that they do', () => {
    expect(() => buildReport(EXHIBITS, [result('table4/DrNAS/cifar11 test')])).to.throw(
      'table4/ResNet/cifar10 valid',
    );
  });
});

describe('results made from what is stored', () => {
  it('count the parameters of the published genotypes: DrNAS’s are the paper’s, DARTS’s first-order ones are not', () => {
    const results = countResults();
    expect(itemOf(results, 'table2/DrNAS/params').verdict).to.equal('reproduced'); // 4.099 prints 4.1
    expect(itemOf(results, 'table3/DrNAS/params').verdict).to.equal('reproduced'); // 5.726 prints 5.7
    expect(itemOf(results, 'table2/DARTS (1st order)/params').verdict).to.equal('differs'); // 3.169 prints 3.2, not 3.3
  });

  it('do not judge what was searched on another data set than the column’s', () => {
    const lookup = { index: 9930, cifar10: 94.36, cifar100: 73.51, imagenet16: 46.34 };
    const study = {
      config: { dataset: 'cifar10', scale: 'laptop', channels: 8, cellsPerStage: 5, k: 1, batchSize: 64 },
      dataset: { title: 'CIFAR-10 averaged down to 16x16 (…)' },
      rows: [0, 1, 2].map((seed) => ({ sampler: 'dirichlet', seed, lookup, steps: 3000, seconds: 360 })),
    } as unknown as SeedStudy;
    const results = seedResults(study, 'figures/x/seeds.json', 'notebooks/x.ipynb');
    const own = itemOf(results, 'table4/DrNAS/cifar10 test');
    expect(own.verdict).to.equal('consistent at smaller scale');
    expect(own.results[0].result).to.deep.include({ values: [94.36, 94.36, 94.36], seeds: [0, 1, 2] });
    expect(own.results[0].result.cost).to.match(/^6\.0 min a search/);
    const transfer = itemOf(results, 'table4/DrNAS/cifar100 test');
    expect(transfer.verdict).to.equal('not run');
    expect(transfer.why).to.include('searched on CIFAR-10, where the paper searched on CIFAR-100');
  });
});
