// The progress line against a clock that the test turns.
import { expect } from 'chai';
import { formatDuration, progressLine } from '../../src/notebook/progress.js';

/** A line that writes into `written`, at a time that is set in seconds. */
function testLine(total: number, options: { initial?: number; rewrite?: boolean } = {}) {
  const written: string[] = [];
  let now = 0;
  const out = { write: (text: string) => written.push(text) };
  const line = progressLine(total, {
    label: 'search',
    rewrite: true,
    ...options,
    out,
    clock: () => now * 1000,
  });
  return {
    written,
    update(at: number, done: number, text?: string, left?: number) {
      now = at;
      line.update(done, text, left);
    },
    end: line.end,
  };
}

describe('progressLine', () => {
  it('estimates the time left from the time spent', () => {
    const { written, update } = testLine(10);
    update(6, 2, 'loss 2.30'); // 2 of 10 in 6 s: 8 more take 24 s
    expect(written).to.deep.equal(['\rsearch  [####----------------]  2/10  6 s, 24 s left  loss 2.30']);
  });

  it('counts only what was done since a resumed run began', () => {
    const { written, update } = testLine(10, { initial: 6 });
    update(4, 8); // 2 in 4 s: 2 more take 4 s
    expect(written[0]).to.contain('8/10  4 s, 4 s left');
  });

  it("prefers the caller's own estimate", () => {
    const { written, update } = testLine(10);
    update(6, 2, '', 90);
    expect(written[0]).to.contain('1 min 30 s left');
  });

  it('writes at most five times a second, but always the last step', () => {
    const { written, update } = testLine(100);
    for (let step = 1; step <= 100; step++) update(step / 100, step); // 1 s in all
    expect(written).to.have.length(6);
    expect(written.at(-1)).to.contain('100/100  1 s');
  });

  it('covers a longer line by spaces', () => {
    const { written, update } = testLine(2);
    update(10, 1, 'a long remark');
    update(20, 2);
    expect(written[1].length).to.equal(written[0].length);
  });

  it('writes whole lines, one in half a minute, where nothing can be rewritten', () => {
    const { written, update, end } = testLine(1000, { rewrite: false });
    for (let step = 1; step <= 100; step++) update(step, step);
    end();
    expect(written).to.have.length(4); // at 1, 31, 61 and 91 s
    expect(written.every((text) => text.endsWith('\n') && !text.includes('\r'))).to.equal(true);
  });
});

describe('formatDuration', () => {
  it('names the two largest units', () => {
    const pairs = [0.25, 8, 59.6, 200, 7500].map((seconds) => formatDuration(seconds));
    expect(pairs).to.deep.equal(['0.3 s', '8 s', '1 min 0 s', '3 min 20 s', '2 h 05 min']);
    expect(formatDuration(Number.NaN)).to.equal('?');
  });
});
