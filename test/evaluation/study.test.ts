// What a few seeds allow to conclude: paired differences, no best-of-k.
import { expect } from 'chai';
import { dartsArchitecture, nb201Architecture } from '../../src/evaluation/network.js';
import { type EvaluationStudy, type StudyRun, studyTable, summarise } from '../../src/evaluation/study.js';
import { createStream } from '../../src/random/stream.js';
import { parseGenotype } from '../../src/spaces/darts/genotype.js';
import { OPERATIONS } from '../../src/spaces/darts/operations.js';
import { randomGenotype } from '../../src/spaces/darts/random.js';

describe('a study', () => {
  const run = (name: string, seed: number, accuracy: number | null, best = accuracy ?? 0): StudyRun => ({
    architecture: { space: 'darts', text: `text of ${name}`, name },
    seed,
    folder: `${name}-${seed}`,
    ...(accuracy === null
      ? { diverged: 'the training diverged at step 7' }
      : {
          last: { loss: 1, accuracy, top5: 0.9 },
          best: { accuracy: best, epoch: 2 },
          ...{ parameters: 5, multiplyAdds: 6, seconds: 7, steps: 8 },
        }),
  });
  const runs = [
    run('A', 0, 0.8, 0.99),
    run('B', 0, 0.7),
    run('A', 1, 0.9),
    run('B', 1, 0.82),
    run('B', 2, null),
  ];

  // Threads such as PC-DARTS#47 and SmoothDARTS#5: the figures in print are the best of several runs.
  it('summarises the last epoch of all seeds, not the best of them', () => {
    const { summaries } = summarise(runs);
    expect(summaries.map(({ name, last, diverged }) => [name, last!.n, last!.mean, diverged])).to.deep.equal([
      ['A', 2, 85, 0],
      ['B', 2, 76, 1],
    ]);
  });

  it('pairs by seed: what both share cancels', () => {
    const { differences } = summarise(runs);
    expect(differences).to.have.length(1);
    const { first, second, difference } = differences[0];
    expect([first, second, difference.n]).to.deep.equal(['A', 'B', 2]);
    expect(difference.mean).to.be.closeTo(9, 1e-9);
    // Differences 10 and 8: deviation sqrt 2, half width 12.706 * sqrt 2 / sqrt 2.
    expect(difference.interval![0]).to.be.closeTo(9 - 12.706, 1e-3);
  });

  it('prints every run, labels the best epoch, names what diverged and what is noise', () => {
    const study = {
      config: {
        recipe: 'cifar',
        scale: 'smoke',
        channels: 4,
        cells: 3,
        epochs: 4,
        stepsPerEpoch: 10,
        batchSize: 16,
      },
      dataset: { title: 'Procedural' },
      ...{ backend: 'wasm', machine: '2 x CPU', runs, ...summarise(runs) },
    } as unknown as EvaluationStudy;
    const text = studyTable(study);
    expect(text).to.match(/best epoch \(%, chosen on the test set\)/);
    expect(text).to.match(/A \| 0 \| 80\.00 \| 99\.00 \(2\)/);
    expect(text).to.match(/B \| 2 \| diverged: the training diverged at step 7/);
    expect(text).to.match(/B: 76\.00 ± 8\.49 % \(n = 2\), 1 run\(s\) diverged/);
    expect(text).to.match(/A − B: \+9\.00 \[−3\.71, \+21\.71\] within noise/);
  });
});

describe('architectures by name', () => {
  it('reads published names, texts and indices, and draws random ones from a stream', () => {
    expect(dartsArchitecture('DARTS_V2').name).to.equal('DARTS_V2');
    expect(nb201Architecture('9930').text).to.equal(
      '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|',
    );
    const draw = (seed: number) => dartsArchitecture('random', { stream: createStream(seed) }).text;
    expect(draw(1)).to.equal(draw(1));
    expect(draw(1)).not.to.equal(draw(2));
    expect(() => dartsArchitecture('random')).to.throw('needs a stream');
  });

  it('draws every pair of inputs and every operation equally often, and only valid genotypes', () => {
    const stream = createStream(0, 'genotypes');
    const inputs = new Map<string, number>();
    const operations = new Map<string, number>();
    for (let i = 0; i < 3000; i++) {
      const { normal } = randomGenotype(stream);
      if (i < 50) parseGenotype(dartsArchitecture('random', { stream }).text);
      const pair = `${normal[6][1]}${normal[7][1]}`; // the last node chooses 2 of 5
      inputs.set(pair, (inputs.get(pair) ?? 0) + 1);
      operations.set(normal[7][0], (operations.get(normal[7][0]) ?? 0) + 1);
    }
    expect([...inputs.keys()].sort()).to.deep.equal([
      '01',
      '02',
      '03',
      '04',
      '12',
      '13',
      '14',
      '23',
      '24',
      '34',
    ]);
    for (const count of inputs.values()) expect(count).to.be.within(240, 360); // 300 ± 3.7 deviations of 16.4
    expect([...operations.keys()].sort()).to.deep.equal([...OPERATIONS].sort());
    for (const count of operations.values()) expect(count).to.be.within(358, 500); // 428.6 ± 3.7 * 19.2
  });
});
