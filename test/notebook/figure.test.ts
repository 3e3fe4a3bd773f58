// A figure arrives as interactive data, as a picture and as text, in one message.
import { expect } from 'chai';
import { closeRenderer } from '../../src/figures/render.js';
import { figureTitle, liveFigure, showFigure } from '../../src/notebook/figure.js';
import { inFakeKernel, printed } from './fake-kernel.js';

const figure = {
  data: [{ type: 'scatter', x: Float32Array.of(1, 2, 3), y: [1, 4, 9] }],
  layout: { title: { text: 'Loss <b>by</b> epoch<br>seed 1' }, width: 320, height: 200 },
};

describe('showFigure', () => {
  after(closeRenderer);

  it('sends Plotly data, a PNG at twice the resolution and a text', async () => {
    const [{ data, metadata }] = await inFakeKernel(() => showFigure(figure));
    expect(Object.keys(data)).to.deep.equal(['application/vnd.plotly.v1+json', 'image/png', 'text/plain']);
    const png = Buffer.from(data['image/png'] as string, 'base64');
    expect(png.subarray(1, 4).toString()).to.equal('PNG');
    expect(png.readUInt32BE(16)).to.equal(2 * 320);
    expect(metadata).to.deep.equal({
      'image/png': { width: 320, height: 200, alt: 'Loss by epoch – seed 1' },
    });
    expect(data['text/plain']).to.equal('[figure: Loss by epoch – seed 1]');
  });

  it('sends typed arrays as plain ones', async () => {
    const [{ data }] = await inFakeKernel(() => showFigure(figure));
    const { data: traces } = data['application/vnd.plotly.v1+json'] as typeof figure;
    expect(traces[0].x).to.deep.equal([1, 2, 3]);
  });

  it('redraws a live figure in its place', async () => {
    const sent = await inFakeKernel(async () => {
      const show = liveFigure();
      await show(figure);
      await show(figure);
    });
    expect(sent.map(({ update }) => update)).to.deep.equal([false, true]);
  });

  it('prints the title outside a notebook', async () => {
    expect(await printed(() => showFigure(figure))).to.equal('[figure: Loss by epoch – seed 1]\n');
  });

  it('finds a title in each of the forms that Plotly allows', () => {
    expect(figureTitle({ data: [], layout: { title: 'plain' } })).to.equal('plain');
    expect(figureTitle({ data: [] })).to.equal('untitled');
  });
});
