// Notebooks as scripts that can be reviewed, and back.
import { expect } from 'chai';
import { joined } from '../../../scripts/notebook/format.js';
import { keepOutputs, toNotebook, toScript } from '../../../scripts/notebook/source.js';

const SCRIPT = `// %% [markdown]
// # Title
//
// A *text*.

// %% tags=["parameters"]
let scale = 'laptop'; // %% is no mark here

// %%
function f() {

  return scale;
}
`;

describe('notebook source', () => {
  it('becomes cells with types and tags', () => {
    const { cells } = toNotebook(`// a comment on the file\n${SCRIPT}`);
    expect(cells.map((cell) => [cell.cell_type, cell.metadata, joined(cell.source)])).to.deep.equal([
      ['markdown', {}, '# Title\n\nA *text*.'],
      ['code', { tags: ['parameters'] }, "let scale = 'laptop'; // %% is no mark here"],
      ['code', {}, 'function f() {\n\n  return scale;\n}'],
    ]);
  });

  it('comes back from the notebook unchanged', () => {
    expect(toScript(toNotebook(SCRIPT))).to.equal(SCRIPT);
  });

  it('is refused where a mark is misspelt', () => {
    expect(() => toNotebook('// %% [markdwon]\n// text')).to.throw(
      /"\/\/ %% \[markdwon\]" is not understood/,
    );
  });

  it('keeps stored outputs while only the prose changes', () => {
    const stored = toNotebook(SCRIPT);
    stored.cells[2].outputs = [{ output_type: 'stream', name: 'stdout', text: ['result\n'] }];
    stored.cells[2].execution_count = 2;
    const reworded = keepOutputs(toNotebook(SCRIPT.replace('Title', 'Better title')), stored);
    expect(joined(reworded.cells[0].source)).to.contain('Better title');
    expect(reworded.cells[2]).to.deep.include({ outputs: stored.cells[2].outputs, execution_count: 2 });
    const recoded = keepOutputs(toNotebook(SCRIPT.replace("'laptop'", "'paper'")), stored);
    expect(recoded.cells[2]).to.deep.include({ outputs: [], execution_count: null });
  });
});
