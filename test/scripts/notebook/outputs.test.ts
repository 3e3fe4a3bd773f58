// What a cell sent becomes what a notebook stores.
import { expect } from 'chai';
import { createCollector, settle } from '../../../scripts/notebook/outputs.js';

const message = (type: string, content: object) => ({ type, parent: '', content });
const print = (text: string, name = 'stdout') => message('stream', { name, text });

describe('settle', () => {
  it('keeps the last state of a progress line', () => {
    expect(settle('\r1/3\r2/3\r3/3\ndone\n')).to.equal('3/3\ndone\n');
  });

  it('lets a shorter text overwrite only the beginning, as a terminal does', () => {
    expect(settle('abcdef\rXY')).to.equal('XYcdef');
    expect(settle('long remark\rshort      \n')).to.equal('short\n');
  });

  it('takes Windows line ends for what they are', () => {
    expect(settle('one\r\ntwo\r\n')).to.equal('one\ntwo\n');
  });
});

describe('collector', () => {
  it('joins prints of one stream and keeps the order of streams', () => {
    const { add, outputs } = createCollector(new Map());
    for (const one of [print('a\n'), print('b'), print('oh\n', 'stderr'), print('c\n')]) add(one);
    expect(outputs().map(({ name, text }) => [name, text])).to.deep.equal([
      ['stdout', ['a\n', 'b']],
      ['stderr', ['oh\n']],
      ['stdout', ['c\n']],
    ]);
  });

  it('stores texts as lines, pictures as one string and data as it is', () => {
    const { add, outputs } = createCollector(new Map());
    const data = {
      'text/plain': 'a\nb',
      'image/png': 'iVBORw0K',
      'application/vnd.plotly.v1+json': { data: [] },
    };
    add(message('display_data', { data, metadata: { 'image/png': { width: 1 } }, transient: {} }));
    expect(outputs()).to.deep.equal([
      {
        output_type: 'display_data',
        data: { ...data, 'text/plain': ['a\n', 'b'] },
        metadata: { 'image/png': { width: 1 } },
      },
    ]);
  });

  it('replaces a display wherever it was shown, also in an earlier cell', () => {
    const displays = new Map();
    const earlier = createCollector(displays);
    const transient = { display_id: 'figure' };
    earlier.add(message('display_data', { data: { 'text/plain': 'epoch 1' }, transient }));
    createCollector(displays).add(
      message('update_display_data', { data: { 'text/plain': 'epoch 2' }, transient }),
    );
    expect(earlier.outputs()[0].data).to.deep.equal({ 'text/plain': ['epoch 2'] });
  });

  it('clears at once, or when the next output comes', () => {
    const { add, outputs } = createCollector(new Map());
    add(print('a'));
    add(message('clear_output', { wait: true }));
    expect(outputs()).to.have.length(1);
    add(print('b'));
    expect(outputs().map(({ text }) => text)).to.deep.equal([['b']]);
    add(message('clear_output', { wait: false }));
    expect(outputs()).to.deep.equal([]);
  });
});
