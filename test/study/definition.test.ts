// A study as data: what it expands to, and what is refused by which key.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { checkDefinition, readDefinition } from '../../src/study/checkDefinition.js';
import type { StudyDefinition } from '../../src/study/definition.js';
import { expandStudy, settingName } from '../../src/study/expand.js';
import { definitionOf } from '../../src/study/fromOptions.js';

const MINIMAL = { format: 'drnas-study-1', name: 'a', seeds: '0-1' } as const;
const labels = (study: StudyDefinition) => expandStudy(study).map(({ label }) => label);

describe('a study', () => {
  it('is all axes crossed, the last one changing fastest, with columns called after them', () => {
    const study = checkDefinition({
      ...MINIMAL,
      base: { epochs: 3 },
      axes: { regulariser: ['l2', 'kl'], regulariserWeight: [0, 0.001] },
    });
    expect(labels(study)).to.deep.equal([
      { regulariser: 'l2', regulariserWeight: 0 },
      { regulariser: 'l2', regulariserWeight: 0.001 },
      { regulariser: 'kl', regulariserWeight: 0 },
      { regulariser: 'kl', regulariserWeight: 0.001 },
    ]);
    expect(expandStudy(study)[1].settings).to.deep.equal({
      ...{ epochs: 3, regulariser: 'l2', regulariserWeight: 0.001 },
    });
  });

  it('has axes of named settings, shown by their names', () => {
    const study = checkDefinition({
      ...MINIMAL,
      axes: { schedule: { one: { stages: null, k: 1 }, two: { stages: 'nasbench201-laptop' } } },
    });
    const planned = expandStudy(study);
    expect(planned.map(({ label }) => label)).to.deep.equal([{ schedule: 'one' }, { schedule: 'two' }]);
    expect(planned[0].settings).to.deep.equal({ stages: null, k: 1 });
  });

  it('has variants with settings, columns, axes, seeds and a kind of their own', () => {
    const study = checkDefinition({
      ...MINIMAL,
      base: { epochs: 3 },
      axes: { k: [1, 2] },
      variants: [
        { name: 'DrNAS' },
        { name: 'none', settings: { regulariser: 'none' }, axes: {}, label: { note: 'no anchor' } },
        { name: 'random', kind: 'rival', settings: { method: 'random' }, axes: {}, seeds: [7] },
      ],
    });
    const planned = expandStudy(study);
    expect(planned.map(({ label }) => settingName(label))).to.deep.equal([
      'DrNAS-1',
      'DrNAS-2',
      'none-no_anchor',
      'random',
    ]);
    const [, , none, random] = planned;
    expect(none.settings).to.deep.equal({ epochs: 3, regulariser: 'none' });
    expect(none.seeds).to.deep.equal([0, 1]);
    // What searches share says nothing to another method.
    expect(random).to.deep.equal({
      ...{ kind: 'rival', label: { variant: 'random' }, settings: { method: 'random' }, seeds: [7] },
    });
  });

  it('can be written on the command line', () => {
    const study = definitionOf({
      ...{ name: 'a', seeds: '0-2', scale: 'smoke', set: ['epochs=3', 'dataset=procedural'] },
      axis: ['sampler=dirichlet,softmax', 'regulariserWeight=0,1e-3', 'withNone=[true,false]'],
    });
    expect(study).to.deep.equal({
      ...{ format: 'drnas-study-1', name: 'a', seeds: '0-2', scale: 'smoke' },
      base: { epochs: 3, dataset: 'procedural' },
      axes: {
        ...{ sampler: ['dirichlet', 'softmax'], regulariserWeight: [0, 0.001], withNone: [true, false] },
      },
    });
    expect(() => definitionOf({ name: 'a', seeds: '0', axis: ['sampler'] })).to.throw(
      '--axis sampler: write it',
    );
    expect(() => definitionOf({ axis: ['k=1'] })).to.throw('no study: give a file, or --name, --seeds');
  });

  const refused: [string, Record<string, unknown>, string][] = [
    ['an unknown key', { colour: 1 }, 'colour is no key of a study: use one of format, name'],
    ['no seeds', { seeds: undefined }, 'seeds is missing: expected beside format, name'],
    [
      'another format',
      { format: 'drnas-study-9' },
      'format is "drnas-study-9", expected one of drnas-study-1',
    ],
    ['a name with a slash', { name: 'a/b' }, 'name is "a/b", expected letters, digits'],
    ['seeds that are none', { seeds: '3-1' }, 'seeds is "3-1": write seeds as 0-4 or 0,3,7'],
    ['a seed twice', { seeds: [1, 1] }, 'seeds is [1,1], expected each seed once'],
    ['a seed below 0', { seeds: [-1] }, 'seeds is [-1], expected seeds as "0-4"'],
    ['settings that are a list', { base: [1] }, 'base is [1], expected settings by name'],
    ['an empty axis', { axes: { k: [] } }, 'axes.k is [], expected at least one value'],
    ['a value twice', { axes: { k: [1, 1] } }, 'axes.k is [1,1], expected each value once'],
    [
      'an axis of text',
      { axes: { k: 'all' } },
      'axes.k is "all", expected a list of values, or settings by name',
    ],
    [
      'an axis of lists',
      { axes: { k: [[1], [2]] } },
      'axes.k is [[1],[2]], expected at least one value, or settings',
    ],
    [
      'seeds as an axis',
      { axes: { seed: [1] } },
      'axes.seed: seed cannot be an axis; seeds are a list of their own',
    ],
    ['a variant without a name', { variants: [{}] }, 'variants[0].name is missing'],
    ['a variant key', { variants: [{ name: 'a', setting: {} }] }, 'variants[0].setting is no key of a study'],
    [
      'a kind',
      { variants: [{ name: 'a', kind: 'dance' }] },
      'variants[0].kind is "dance", expected one of search',
    ],
    [
      'half a process',
      { resources: { parallel: 0.5 } },
      'resources.parallel is 0.5, expected a whole number',
    ],
    ['an odd scale', { scale: 'huge' }, 'scale is "huge", expected one of smoke, laptop, paper'],
  ];
  for (const [what, change, message] of refused) {
    it(`refuses ${what} by its key`, () => {
      expect(() => checkDefinition({ ...MINIMAL, ...change })).to.throw(message);
    });
  }

  it('refuses two settings of one name', () => {
    const variants = [{ name: 'a b' }, { name: 'a_b' }];
    expect(() => expandStudy(checkDefinition({ ...MINIMAL, variants }))).to.throw(
      'settings of the study a are called "a_b"',
    );
  });

  it('is read from a file, whose name stands in every refusal', () => {
    const folder = mkdtempSync(join(tmpdir(), 'drnas-study-'));
    const file = join(folder, 's.json');
    try {
      expect(() => readDefinition(file)).to.throw(`there is no study ${file}`);
      writeFileSync(file, '{');
      expect(() => readDefinition(file)).to.throw(`${file} is no JSON`);
      writeFileSync(file, JSON.stringify({ ...MINIMAL, kind: 'x' }));
      expect(() => readDefinition(file)).to.throw(`${file}: kind is "x"`);
      writeFileSync(file, JSON.stringify(MINIMAL));
      expect(readDefinition(file)).to.deep.equal(MINIMAL);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
