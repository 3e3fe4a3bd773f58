// Bundles reach the kernel as one message, and a terminal as text.
import { expect } from 'chai';
import { newDisplay, showMarkdown } from '../../src/notebook/display.js';
import { isNotebook } from '../../src/notebook/kernel.js';
import { inFakeKernel, printed } from './fake-kernel.js';

describe('notebook display', () => {
  it('sends all representations in one message', async () => {
    const sent = await inFakeKernel(() => showMarkdown('**94.36 %**'));
    expect(sent).to.deep.equal([
      {
        data: { 'text/markdown': '**94.36 %**', 'text/plain': '**94.36 %**' },
        metadata: {},
        transient: {},
        update: false,
      },
    ]);
  });

  it('replaces what a display showed before', async () => {
    const sent = await inFakeKernel(() => {
      const display = newDisplay();
      display.show({ 'text/plain': 'epoch 1' });
      display.show({ 'text/plain': 'epoch 2' });
    });
    expect(sent.map(({ update }) => update)).to.deep.equal([false, true]);
    expect(sent[0].transient.display_id).to.be.a('string').and.equal(sent[1].transient.display_id);
  });

  it('gives each display a place of its own', async () => {
    const sent = await inFakeKernel(() => {
      newDisplay().show({ 'text/plain': 'a' });
      newDisplay().show({ 'text/plain': 'b' });
    });
    expect(sent[0].transient.display_id).not.to.equal(sent[1].transient.display_id);
    expect(sent[1].update).to.equal(false);
  });

  it('prints the text outside a notebook', async () => {
    expect(isNotebook()).to.equal(false);
    expect(await printed(() => showMarkdown('# Title'))).to.equal('# Title\n');
  });
});
