// The memory of a search step by k, each measured in a process of its own.
import { expect } from 'chai';
import { memoryText } from '../../src/cli/memory.js';
import { type MemoryRow, measureMemory, memoryConfig } from '../../src/experiments/memory.js';

describe('the memory of a search step', () => {
  it('falls with k, tensors and weights alike', function () {
    this.timeout(60000);
    const sizes = { channels: 16, cells: 3, imageSize: 8, batchSize: 16 };
    const { rows, engine } = measureMemory({ space: 'darts', ...sizes, backend: 'wasm', threads: 1 }, [1, 4]);
    expect(engine).to.contain('wasm');
    const [whole, quarter] = rows as MemoryRow[];
    expect(quarter.parameters).to.be.below(whole.parameters);
    expect(quarter.poolPeakBytes).to.be.below(0.8 * whole.poolPeakBytes!);
    // Node alone takes tens of MiB, and what the pool holds is resident.
    expect(whole.restBytes).to.be.above(30 * 2 ** 20);
    expect(whole.peakResidentBytes).to.be.above(whole.poolPeakBytes!);
  });

  it('is refused before any is measured where a k does not divide the channels', () => {
    expect(() => measureMemory({ space: 'nasbench201', channels: 16 }, [1, 3])).to.throw(/k.*3.*16/);
  });

  it('is of the paper’s supernet unless sizes are given', () => {
    expect(memoryConfig({ space: 'nasbench201' }, 4)).to.include({
      channels: 16,
      cellsPerStage: 5,
      batchSize: 64,
      k: 4,
    });
    expect(memoryConfig({ space: 'darts', cells: 8 }, 6)).to.include({ channels: 36, cells: 8, k: 6 });
  });

  it('stands in a table, with its error where a supernet does not fit', () => {
    const row = {
      k: 1,
      parameters: 1686106,
      peakResidentBytes: 2 ** 30,
      restBytes: 2 ** 27,
      poolPeakBytes: 2 ** 29,
    };
    const table = memoryText({
      options: { space: 'darts' },
      engine: 'native',
      rows: [
        { k: 1, error: 'out of memory: a tensor' },
        { ...row, k: 2 },
      ],
    });
    expect(table.split('\n')).to.have.length(3);
    expect(table).to.match(/1 .*out of memory: a tensor\n.*2 +1,686,106 +512 +1024 +128$/);
  });
});
