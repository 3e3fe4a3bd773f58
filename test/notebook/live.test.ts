// The live view of a search: what is drawn when, at what cost, and what becomes of a drawing that fails.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { LiveRecord } from '../../src/figures/liveView.js';
import type { PlotlyFigure } from '../../src/notebook/figure.js';
import { liveSearch } from '../../src/notebook/live.js';
import type { EpochEvent, StepEvent } from '../../src/search/events.js';
import { madeUpEpochs } from '../figures/gallery.js';

const EPOCHS = madeUpEpochs(20);
const epoch = (n: number) =>
  ({ ...EPOCHS[n - 1], event: 'epoch', secondsLeft: 20 - n }) as unknown as EpochEvent;
const step = (secondsLeft: number) => ({ event: 'step', secondsLeft }) as StepEvent;
const titleOf = (figure: PlotlyFigure) => (figure.layout as { title: { text: string } }).title.text;

describe('the live view of a search', () => {
  /** A view whose drawings take `cost` seconds of a clock that the test moves. */
  function watched(cost: number, more: { done?: readonly LiveRecord[] } = {}) {
    const titles: string[] = [];
    const time = { now: 0 };
    const draw = async (figure: PlotlyFigure) => {
      time.now += 1000 * cost;
      titles.push(titleOf(figure));
    };
    return { titles, time, view: liveSearch({ epochs: 20, draw, clock: () => time.now, ...more }) };
  }

  it('shows the empty figure, the first epoch at once, and the end', async () => {
    const { titles, view } = watched(0.1);
    await view.begin();
    view.onEvent(step(21));
    view.onEvent(epoch(1));
    await view.finish(EPOCHS);
    expect(
      titles.map((title) => title.match(/epoch \d+ of \d+(, .* left)?|no epoch is done yet/)![0]),
    ).to.deep.equal(['no epoch is done yet', 'epoch 1 of 20, 19 s left', 'epoch 20 of 20']);
  });

  it('draws at most every two seconds, at an epoch or a step, with the time left of the latest', async () => {
    const { titles, time, view } = watched(0.001);
    await view.begin();
    for (let second = 1; second <= 20; second++) {
      time.now = 1000 * second;
      view.onEvent(second % 5 === 0 ? epoch(second / 5) : step(20 - second));
      await sleep(0);
    }
    // The first epoch ends after 5 s; from then on every two seconds and a little.
    expect(view.drawn().count).to.be.within(5, 8);
    expect(titles.slice(1)).to.satisfy((all: string[]) =>
      all.every((title) => /epoch \d of 20, .* left/.test(title)),
    );
  });

  for (const cost of [0.3, 2])
    it(`takes no more than a few per cent of a search, where a drawing needs ${cost} s`, async () => {
      const { time, view } = watched(cost);
      await view.begin();
      const from = time.now;
      // Twenty epochs of thirty seconds in steps of a tenth.
      for (let n = 1; n <= 20; n++) {
        for (let i = 0; i < 300; i++) {
          time.now += 100;
          view.onEvent(step(1));
          if (i % 10 === 0) await sleep(0);
        }
        view.onEvent(epoch(n));
        await sleep(0);
      }
      const { count, seconds } = view.drawn();
      expect(count).to.be.above(5);
      expect(seconds / ((time.now - from) / 1000)).to.be.below(0.05);
    });

  it('begins a resumed search with the epochs that it has behind it', async () => {
    const { titles, view } = watched(0.01, { done: EPOCHS.slice(0, 4) });
    await view.begin();
    expect(titles[0]).to.contain('epoch 4 of 20').and.not.contain('no epoch is done yet');
    view.onEvent(epoch(5));
    await view.finish();
    expect(titles.at(-1)).to.contain('epoch 5 of 20');
  });

  it('does not stop the search where a drawing fails, and says so at the end', async () => {
    let draws = 0;
    const view = liveSearch({
      epochs: 20,
      draw: async () => {
        if (++draws === 2) throw new Error('no font');
      },
    });
    await view.begin();
    view.onEvent(epoch(1));
    await sleep(0);
    view.onEvent(epoch(2));
    let said = '';
    await view.finish().catch(({ message }) => {
      said = message;
    });
    expect(said).to.equal('no font');
    expect(draws).to.equal(2);
  });
});
