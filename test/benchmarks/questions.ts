// Read by types.test.ts, and by the type check of the whole: right questions, and wrong ones that must not compile.
import type { ColumnQuery, Query } from '../../src/benchmarks/query.js';
import type { Stream } from '../../src/random/stream.js';

declare const stream: Stream;
const topology = (_: Query<'topology'>) => {};
const size = (_: Query<'size'>) => {};
const whole = (_: ColumnQuery<'topology'>) => {};

export function right(): void {
  topology({ dataset: 'cifar10', split: 'ori-test', epochs: 200, seed: 'mean' });
  topology({ dataset: 'cifar10-valid', split: 'x-valid', epochs: 12, seed: { seed: 777 } });
  topology({ dataset: 'cifar100', split: 'x-test', epochs: 200, seed: { draw: stream } });
  topology({ dataset: 'ImageNet16-120', split: 'x-valid', epochs: 12, seed: { seed: 111 } });
  size({ dataset: 'cifar10', split: 'ori-test', epochs: 90, seed: { seed: 777 } });
  whole({ dataset: 'cifar100', split: 'x-test', epochs: 200, seed: { seed: 888 } });
}

export function wrong(): void {
  // cifar10 is trained on train and validation part, so it has no validation accuracy (AutoDL-Projects#97).
  // @ts-expect-error
  topology({ dataset: 'cifar10', split: 'x-valid', epochs: 200, seed: 'mean' });
  // @ts-expect-error
  topology({ dataset: 'cifar10', split: 'x-test', epochs: 200, seed: 'mean' });
  // @ts-expect-error
  topology({ dataset: 'cifar10-valid', split: 'x-test', epochs: 200, seed: 'mean' });
  // Epochs are never a default (NATS-Bench#35: it was 12).
  // @ts-expect-error
  topology({ dataset: 'cifar10', split: 'ori-test', seed: 'mean' });
  // @ts-expect-error
  topology({ dataset: 'cifar10', split: 'ori-test', epochs: 90, seed: 'mean' });
  // @ts-expect-error
  topology({ dataset: 'cifar10', split: 'ori-test', epochs: '200', seed: 'mean' });
  // @ts-expect-error
  size({ dataset: 'cifar10', split: 'ori-test', epochs: 200, seed: 'mean' });
  // Nor is the seed (NATS-Bench#2: a random one was).
  // @ts-expect-error
  topology({ dataset: 'cifar10', split: 'ori-test', epochs: 200 });
  // @ts-expect-error
  topology({ dataset: 'cifar10', split: 'ori-test', epochs: 200, seed: 'random' });
  // @ts-expect-error
  topology({ dataset: 'cifar10', split: 'ori-test', epochs: 200, seed: { seed: 111 } });
  // @ts-expect-error
  topology({ dataset: 'cifar10', split: 'ori-test', epochs: 12, seed: { seed: 777 } });
  // @ts-expect-error
  topology({ dataset: 'cifar100', split: 'x-test', epochs: 12, seed: { seed: 888 } });
  // @ts-expect-error
  size({ dataset: 'cifar10', split: 'ori-test', epochs: 1, seed: { seed: 999 } });
  // @ts-expect-error
  topology({ split: 'ori-test', epochs: 200, seed: 'mean' });
  // @ts-expect-error
  topology({ dataset: 'cifar10', epochs: 200, seed: 'mean' });
  // @ts-expect-error
  topology({ dataset: 'imagenet16', split: 'x-test', epochs: 200, seed: 'mean' });
  // A whole column of draws would compare different seeds.
  // @ts-expect-error
  whole({ dataset: 'cifar10', split: 'ori-test', epochs: 200, seed: { draw: stream } });
}
