// Parameters are set where the notebook declares them, and nowhere else.
import { expect } from 'chai';
import { joined } from '../../../scripts/notebook/format.js';
import { declaredNames, injectParameters, parseValue } from '../../../scripts/notebook/parameters.js';
import { notebookOf } from './make.js';

const sample = notebookOf(
  '# Title',
  "parameters:let scale = 'laptop';\nlet epochs = 3;\nconst fixed = 1;",
  'scale',
);

describe('parameters', () => {
  it('are set by a cell behind the one that declares them', () => {
    const { cells } = injectParameters(sample, { scale: 'smoke', epochs: 1 });
    expect(cells.map(({ id }) => id)).to.deep.equal(['c0', 'c1', 'injected-parameters', 'c2']);
    expect(joined(cells[2].source)).to.equal(
      '// Parameters of this execution\nscale = "smoke";\nepochs = 1;',
    );
  });

  it('replace those of an earlier execution', () => {
    const again = injectParameters(injectParameters(sample, { epochs: 1 }), { epochs: 2 });
    expect(again.cells).to.have.length(4);
    expect(joined(again.cells[2].source)).to.contain('epochs = 2;').and.not.contain('epochs = 1;');
  });

  it('are refused by name where the notebook has none of that name, or declares it const', () => {
    expect(() => injectParameters(sample, { epoch: 1 })).to.throw(
      'no parameter "epoch"; its parameters are: scale, epochs, fixed',
    );
    expect(() => injectParameters(sample, { fixed: 2 })).to.throw(/"fixed" is declared with const/);
    expect(() => injectParameters(notebookOf('1'), { epochs: 1 })).to.throw(
      /no cell tagged "parameters", so epochs/,
    );
  });

  it('leave the notebook as it is where there are none', () => {
    expect(injectParameters(sample, {})).to.equal(sample);
  });

  it('are read as JSON, or else as text', () => {
    const values = ['3', '1e-3', 'true', '"3"', '[1,2]', 'smoke', '00-quickstart'].map(parseValue);
    expect(values).to.deep.equal([3, 0.001, true, '3', [1, 2], 'smoke', '00-quickstart']);
  });

  it('may have a type', () => {
    const names = declaredNames("let scale: 'smoke' | 'laptop' = 'laptop'; // let me be\n  let seed = 1;");
    expect([...names.keys()]).to.deep.equal(['scale', 'seed']);
  });
});
