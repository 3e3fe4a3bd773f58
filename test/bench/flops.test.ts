// The counts of floating-point operations that speeds are computed from.
import { expect } from 'chai';
import { stepFlops } from '../../bench/flops.js';
import { workloadNamed as named } from '../../bench/workloads.js';

describe('floating-point operations of a search step', () => {
  it('of W1 are 156 GFLOP, less the input gradients that nobody needs', () => {
    // 151.0 in the cells (30.2 a pass: forward twice, input gradients twice, weight gradients once), 4.7 in the two
    // reductions, 0.17 in the stem; three edges' 1.0 of the first cell and the stem's gradients are left out.
    const { architecture, weight, total } = stepFlops(named('W1'));
    expect(total / 1e9).to.be.closeTo(154.8, 0.1);
    expect(architecture + weight).to.equal(total);
  });

  it('agree with a count by hand on a network of one pixel', () => {
    // C=2, N=1, k=1, one image of 1x1. Cells of 2, 4, 8 channels: 60·(4 + 16 + 64) = 5040 multiply-adds.
    // Reductions: 9·2·4 + 9·4·4 + 2·4 = 224 and 9·4·8 + 9·8·8 + 4·8 = 896. Stem 9·3·2 = 54.
    const workload = { ...named('W1'), channels: 2, cells: 1, imageSize: 1, batch: 1 };
    const rest = 5040 + 224 + 896;
    const { architecture, weight } = stepFlops(workload);
    // Three edges of 10·4 leave the first cell's input.
    expect(architecture).to.equal(2 * (2 * rest + 54 - 120));
    expect(weight).to.equal(2 * (3 * rest + 2 * 54));
  });

  it('fall with the square of k inside the cells, and not outside', () => {
    const saved = stepFlops(named('W1')).weight - stepFlops(named('W1-k4')).weight;
    // The cells of W1: 3 stages of 5, each 60·16²·32² multiply-adds an image; three passes, 64 images, k=4 saves 15/16.
    expect(saved).to.be.closeTo(2 * 64 * 3 * 15 * 60 * 16 ** 2 * 32 ** 2 * (15 / 16), 1);
  });

  it('of a DARTS search at k = 6 follow from 388 million multiply-adds an image with 20 cells', () => {
    // 388 M is what the reference's own supernet counts at C=36, 20 cells, k=6, all operations active (forward).
    const { architecture, weight } = stepFlops({ ...named('W2'), cells: 20, batch: 1 });
    const stem = 9 * 3 * 108 * 32 ** 2;
    expect((weight / 2 - 2 * stem) / 3 + stem).to.be.closeTo(388e6, 0.5e6);
    expect(architecture).to.be.below((2 / 3) * weight);
  });

  it('of training DrNAS_cifar10 are three times its 635 million multiply-adds and the auxiliary head', () => {
    const { architecture, weight, total } = stepFlops({ ...named('W3'), batch: 1 });
    expect([architecture, total]).to.deep.equal([0, weight]);
    // The head: 576·128 on 2x2 pixels, 4·128·768, 768·10; the stem's 3 M are differentiated in its weights alone.
    const head = 4 * 576 * 128 + 4 * 128 * 768 + 7680;
    expect(weight / 2).to.be.closeTo(3 * (635.1e6 + head) - 9 * 3 * 108 * 32 ** 2, 0.2e6);
  });
});
