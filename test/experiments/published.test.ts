// The paper's numbers: complete, marked where they are only recalled, and consistent with the architecture code.
import { expect } from 'chai';
import {
  allPublished,
  formatPublished,
  HEADLINE_CELL,
  isVerified,
  NB201_OPTIMUM,
  PUBLISHED_TABLES,
  publishedNumber,
  TABLE_1,
  TABLE_2,
  TABLE_3,
  TABLE_4,
  TABLE_5,
  type Trust,
} from '../../src/experiments/published.js';
import { published } from '../../src/experiments/publishedNumber.js';
import { parseArchitecture } from '../../src/spaces/nasbench201/architecture.js';
import { architectureIndex } from '../../src/spaces/nasbench201/officialOrder.js';

describe('the published numbers', () => {
  it('print "unverified" if and only if they are recalled', () => {
    const numbers = [...allPublished()];
    // Table 2 has a dash in one place, Table 3 in seven: five costs, and DSNAS's parameters and cost.
    expect(numbers.length).to.equal(5 * 4 + (19 * 3 - 1) + (21 * 4 - 7) + 12 * 6 + 7);
    for (const [id, number] of numbers) {
      const recalled = number.trust.startsWith('MEM');
      expect(formatPublished(number).endsWith('(unverified)'), id).to.equal(recalled);
      expect(isVerified(number.trust), id).to.equal(!recalled);
    }
  });

  it('of Tables 1 and 5 are all unverified, and of Table 4 the Random row and the optimal validation values', () => {
    const recalled = (table: typeof TABLE_4) =>
      Object.entries(table.rows).flatMap(([row, cells]) =>
        Object.entries(cells).flatMap(([column, { trust }]) =>
          isVerified(trust) ? [] : [`${row} ${column}`],
        ),
      );
    expect(recalled(TABLE_1)).to.have.length(20);
    expect(recalled(TABLE_5)).to.have.length(7);
    expect(recalled(TABLE_4)).to.deep.equal([
      ...Object.keys(TABLE_4.columns).map((column) => `Random ${column}`),
      ...['optimal cifar10 valid', 'optimal cifar100 valid', 'optimal imagenet16 valid'],
    ]);
  });

  it('give the DrNAS row of Table 4 as the README prints it', () => {
    const test = ['cifar10', 'cifar100', 'imagenet16'].map((name) =>
      publishedNumber(`table4/DrNAS/${name} test`),
    );
    expect(test.map(({ value }) => value)).to.deep.equal([94.36, 73.51, 46.34]);
    expect(test.map(({ trust }) => trust)).to.deep.equal(['README', 'README', 'README'] satisfies Trust[]);
    expect(formatPublished(test[0])).to.equal('94.36 ± 0.00');
    expect(Object.values(HEADLINE_CELL.test)).to.deep.equal([94.36, 73.51, 46.34]);
  });

  it('of Tables 2 and 3 are verified in the rows that the README repeats, but for top-5 errors', () => {
    const verified = (table: typeof TABLE_2, column: string) =>
      Object.keys(table.rows).filter(
        (row) => table.rows[row][column] && isVerified(table.rows[row][column].trust),
      );
    expect(verified(TABLE_2, 'error')).to.deep.equal([
      ...['ENAS', 'DARTS (2nd order)', 'SNAS (moderate)', 'PC-DARTS', 'DrNAS'],
    ]);
    expect(verified(TABLE_3, 'top-1')).to.deep.equal([
      ...['DARTS (2nd order)', 'SNAS (mild)', 'DSNAS', 'PC-DARTS (ImageNet)', 'DrNAS'],
    ]);
    expect(verified(TABLE_3, 'top-5')).to.deep.equal([]);
    expect(formatPublished(TABLE_2.rows.DrNAS.error)).to.equal('2.46 ± 0.03');
    expect(formatPublished(TABLE_3.rows.DrNAS['top-1'])).to.equal('23.7');
  });

  it('leave a column out only where the paper prints a dash, and only known rows have notes', () => {
    for (const { rows, columns, notes = {} } of PUBLISHED_TABLES) {
      for (const cells of Object.values(rows))
        expect(Object.keys(columns)).to.include.members(Object.keys(cells));
      expect(Object.keys(rows)).to.include.members(Object.keys(notes));
    }
  });

  it('fill every column of every row, and every table says where it was read', () => {
    for (const { source } of PUBLISHED_TABLES) expect(source).to.match(/ICLR 2021.*Table \d/);
    for (const table of [TABLE_1, TABLE_4, TABLE_5]) {
      for (const cells of Object.values(table.rows)) {
        expect(Object.keys(cells)).to.deep.equal(Object.keys(table.columns));
      }
    }
  });

  it('hold no method above the optimum of the table', () => {
    for (const [name, best] of Object.entries(NB201_OPTIMUM)) {
      expect(publishedNumber(`table4/optimal/${name} test`).value).to.equal(best);
      for (const row of Object.values(TABLE_4.rows)) expect(row[`${name} test`].value).to.be.at.most(best);
    }
  });

  it('name the headline cell by its place in the official order', () => {
    expect(architectureIndex(parseArchitecture(HEADLINE_CELL.architecture))).to.equal(HEADLINE_CELL.index);
  });

  it('are found by id, and an unknown id is answered with a known one', () => {
    expect(() => publishedNumber('table5/lambda=2/cifar10 test')).to.throw('table5/lambda=0/cifar10 test');
    expect(() => publishedNumber('table9/x/y')).to.throw('table4/DrNAS/cifar10 test');
  });

  it('are read with the digits that they are printed with', () => {
    expect(published('93.70+-0.36', 'XREF')).to.deep.equal({
      value: 93.7,
      deviation: 0.36,
      digits: 2,
      trust: 'XREF',
    });
    expect(formatPublished(published('2437', 'XREF'))).to.equal('2437');
    expect(formatPublished(published('~5', 'XREF'))).to.equal('~5');
    expect(() => published('93,7', 'XREF')).to.throw('"93,7"');
  });
});
