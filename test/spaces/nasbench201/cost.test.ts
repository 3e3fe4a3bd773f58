// Parameters and multiply-adds against the official numbers.
import { expect } from 'chai';
import { networkCost, OFFICIAL_SHAPE } from '../../../src/spaces/nasbench201/cost.js';
import { architectureAt } from '../../../src/spaces/nasbench201/officialOrder.js';

describe('networkCost', () => {
  // params_c10, params_c100, params_in16 of the benchmark's own records, architectures 0 and 1.
  it('equals the official parameter counts on the three data sets', () => {
    const count = (index: number, classes: number) =>
      networkCost(architectureAt(index), { ...OFFICIAL_SHAPE, classes }).parameters;
    expect([count(0, 10), count(0, 100), count(0, 120)]).to.deep.equal([129306, 135156, 136456]);
    expect([count(1, 10), count(1, 100), count(1, 120)]).to.deep.equal([802426, 808276, 809576]);
  });

  // Official FLOPs in millions of architectures 0 and 1: CIFAR-10, CIFAR-100 at 32 pixels, ImageNet16-120 at 16.
  it('equals the official multiply-adds on the three data sets', () => {
    const macs = (index: number, classes: number, imageSize: number) =>
      networkCost(architectureAt(index), { ...OFFICIAL_SHAPE, classes, imageSize }).macs / 1e6;
    expect(macs(0, 10, 32)).to.be.closeTo(15.64737, 1e-9);
    expect(macs(0, 100, 32)).to.be.closeTo(15.65322, 1e-9);
    expect(macs(0, 120, 16)).to.be.closeTo(3.91948, 1e-9);
    expect(macs(1, 10, 32)).to.be.closeTo(113.95137, 1e-9);
    expect(macs(1, 120, 16)).to.be.closeTo(28.49548, 1e-9);
  });
});
