// The pipeline of batches: bit for bit makeBatch, with any number of threads, and without any.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { type Batch, makeBatch } from '../../src/data/batch.js';
import { type BatchRequest, batchPipeline } from '../../src/data/pipeline.js';
import { drawProcedural } from '../../src/data/procedural.js';
import { integer } from '../../src/random/integer.js';
import { createStream } from '../../src/random/stream.js';
import { projectRoot } from '../../src/root.js';

describe('batchPipeline', () => {
  const dataset = drawProcedural({ imageSize: 16 });
  const count = 40;

  /** Alternating training and plain test batches of changing size, none larger than the first. */
  function* requests(): Generator<BatchRequest> {
    for (let step = 0; step < count; step++) {
      const set = step % 3 === 2 ? dataset.test : dataset.train;
      const draw = createStream(3, 'indices', step);
      const indices = Array.from({ length: step === 0 ? 64 : 64 - (step % 5) * 7 }, () =>
        integer(draw, set.count),
      );
      yield { set, indices, ...(step % 3 === 2 ? {} : { stream: createStream(4, 'augment', step) }) };
    }
  }
  const hash = (batches: Batch[]) => {
    const sum = createHash('sha256');
    for (const { x, y } of batches)
      sum.update(new Uint8Array(x.buffer, x.byteOffset, x.byteLength)).update(new Uint8Array(y.buffer));
    return sum.digest('hex');
  };
  const expected = hash(
    [...requests()].map(({ set, indices, stream }) => makeBatch(dataset, set, indices, stream)),
  );
  const drain = async (options: Parameters<typeof batchPipeline>[2], pauseEvery = 0) => {
    const pipeline = batchPipeline(dataset, requests(), options);
    const batches: Batch[] = [];
    for (let batch = pipeline.next(); batch; batch = pipeline.next()) {
      batches.push(batch);
      if (pauseEvery && batches.length % pauseEvery === 0)
        await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await pipeline.close();
    return { batches, made: pipeline.made };
  };

  for (const [threads, ahead] of [
    [0, 4],
    [1, 1],
    [1, 4],
    [2, 3],
    [4, 8],
  ]) {
    it(`gives the bytes of makeBatch with ${threads} thread(s), ${ahead} ahead`, async () => {
      const { batches, made } = await drain({ threads, ahead }, 3);
      expect(batches).to.have.length(count);
      expect(hash(batches)).to.equal(expected);
      expect(made.threads + made.caller).to.equal(count);
      if (threads === 0) expect(made.threads).to.equal(0);
    });
  }

  it('lets the threads do the work when the caller is busy with other things', async () => {
    const pipeline = batchPipeline(dataset, requests());
    await new Promise((resolve) => setTimeout(resolve, 300)); // the thread starts
    for (let i = 0; i < 20; i++) {
      pipeline.next();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await pipeline.close();
    expect(pipeline.made.threads).to.be.above(15);
  });

  it('goes on without threads that died, to the same bytes', async () => {
    // Threads announce themselves by the event 'online'; here they are caught then, and killed.
    const { Worker } = await import('node:worker_threads');
    const started: InstanceType<typeof Worker>[] = [];
    const emit = Worker.prototype.emit;
    Worker.prototype.emit = function (this: InstanceType<typeof Worker>, ...args: Parameters<typeof emit>) {
      if (args[0] === 'online') started.push(this);
      return emit.apply(this, args);
    };
    try {
      const pipeline = batchPipeline(dataset, requests(), { threads: 2 });
      const batches: Batch[] = [];
      for (let i = 0; i < 5; i++) batches.push(pipeline.next()!);
      while (started.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      await Promise.all(started.map((worker) => worker.terminate()));
      for (let batch = pipeline.next(); batch; batch = pipeline.next()) batches.push(batch);
      expect(hash(batches)).to.equal(expected);
      await pipeline.close();
    } finally {
      Worker.prototype.emit = emit;
    }
  });

  it('makes a batch itself that is larger than the first, or of another set', () => {
    const other = { ...dataset.train };
    const all = [
      { set: dataset.train, indices: [1, 2] },
      { set: dataset.train, indices: [3, 4, 5] },
      { set: other, indices: [6] },
    ];
    const pipeline = batchPipeline(dataset, all);
    for (const { set, indices } of all)
      expect(pipeline.next()!.x).to.deep.equal(makeBatch(dataset, set, indices).x);
    expect(pipeline.next()).to.equal(undefined);
    return pipeline.close();
  });

  it('says what is wrong with a request as makeBatch does, and gives nothing after it is closed', async () => {
    expect(() => batchPipeline(dataset, [{ set: dataset.test, indices: [1000] }])).to.throw(
      'image index 1000: the set has images 0 to 999',
    );
    expect(() => batchPipeline(dataset, [], { threads: -1 })).to.throw('threads is -1');
    expect(() => batchPipeline(dataset, [], { ahead: 0 })).to.throw('ahead is 0');
    const pipeline = batchPipeline(dataset, requests());
    await pipeline.close();
    await pipeline.close();
    expect(() => pipeline.next()).to.throw('closed');
  });

  it('does not keep a process alive that forgets to close it', () => {
    const program = `
      import { batchPipeline } from './src/data/pipeline.js';
      import { drawProcedural } from './src/data/procedural.js';
      const dataset = drawProcedural({ imageSize: 8 });
      const pipeline = batchPipeline(dataset, [{ set: dataset.train, indices: [0] }, { set: dataset.train, indices: [1] }]);
      console.log(pipeline.next().y[0]);`;
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', program],
      { cwd: projectRoot(), encoding: 'utf8', timeout: 20_000 },
    );
    expect([status, stdout.trim()]).to.deep.equal([0, '0']);
  });
});
