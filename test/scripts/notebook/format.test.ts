// Notebook files are read, completed and written as Jupyter itself does it.
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { complete, formatNotebook, readNotebook, writeNotebook } from '../../../scripts/notebook/format.js';
import { notebookOf, scratchFolder } from './make.js';

describe('notebook format', () => {
  let folder: string;
  beforeEach(() => {
    folder = scratchFolder();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is what nbformat 5.11 writes for the same notebook', () => {
    // By: nbformat.writes(nbformat.v4.new_notebook(cells=[new_code_cell('a\nb', id='c0')]))
    const expected = [
      '{',
      ' "cells": [',
      '  {',
      '   "cell_type": "code",',
      '   "execution_count": null,',
      '   "id": "c0",',
      '   "metadata": {},',
      '   "outputs": [],',
      '   "source": [',
      '    "a\\n",',
      '    "b"',
      '   ]',
      '  }',
      ' ],',
      ' "metadata": {},',
      ' "nbformat": 4,',
      ' "nbformat_minor": 5',
      '}',
      '',
    ].join('\n');
    expect(formatNotebook(notebookOf('a\nb'))).to.equal(expected);
  });

  it('survives writing and reading, with no draft left behind', () => {
    const file = join(folder, 'a.ipynb');
    writeNotebook(file, notebookOf('# Title', "console.log('ü')"));
    expect(formatNotebook(readNotebook(file))).to.equal(
      formatNotebook(notebookOf('# Title', "console.log('ü')")),
    );
    expect(readdirSync(folder)).to.deep.equal(['a.ipynb']);
  });

  it('gets the ids and outputs that older files lack', () => {
    const old = { cells: [{ cell_type: 'code', source: '1' }], metadata: {}, nbformat: 4, nbformat_minor: 2 };
    const { cells, nbformat_minor } = complete(old as unknown as Parameters<typeof complete>[0]);
    expect(nbformat_minor).to.equal(5);
    expect(cells[0]).to.include({ id: 'cell-1', execution_count: null });
    expect(cells[0].outputs).to.deep.equal([]);
  });

  it('is refused in one sentence where it is none', () => {
    const write = (text: string) => {
      writeFileSync(join(folder, 'x.ipynb'), text);
      return join(folder, 'x.ipynb');
    };
    expect(() => readNotebook(join(folder, 'none.ipynb'))).to.throw(/there is no notebook .*none\.ipynb/);
    expect(() => readNotebook(write('{"cells": ['))).to.throw(/x\.ipynb is not a notebook: /);
    expect(() => readNotebook(write('{"nbformat": 3, "worksheets": []}'))).to.throw(
      /format 4 \(its nbformat is 3\)/,
    );
  });
});
