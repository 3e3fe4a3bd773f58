// Recipes and schedules: the official scripts' values, presets as differences, refusals that say what would do.
import { expect } from 'chai';
import {
  type EvaluationConfig,
  evaluationConfig,
  evaluationDifferences,
  PRESETS,
  REFERENCES,
  type RecipeName,
} from '../../src/evaluation/config.js';
import { dropPathAt, learningRateAt } from '../../src/evaluation/schedule.js';
import type { Scale } from '../../src/search/config.js';

describe('evaluationConfig', () => {
  it("has the official CIFAR script's values at paper scale", () => {
    // DARTS-space/train.py:24-42 (its argparse defaults) with --cutout and --auxiliary.
    expect(evaluationConfig('cifar', 'paper')).to.include({
      ...{ batchSize: 64, learningRate: 0.025, momentum: 0.9, weightDecay: 3e-4, epochs: 600, channels: 36 },
      ...{
        cells: 20,
        auxiliary: true,
        auxiliaryWeight: 0.4,
        cutout: 16,
        dropPath: 0.3,
        clipNorm: 5,
        seed: 0,
      },
      ...{ schedule: 'cosine', labelSmoothing: 0, nesterov: false },
    });
  });

  it("has the official ImageNet script's values at paper scale", () => {
    // DARTS-space/train_imagenet.py:22-42 and its transforms; the batch size after commit a0e9328.
    const config = evaluationConfig('imagenet', 'paper');
    expect(config).to.include({
      ...{ batchSize: 768, learningRate: 0.5, weightDecay: 3e-5, epochs: 250, channels: 48, cells: 14 },
      ...{
        labelSmoothing: 0.1,
        dropPath: 0,
        schedule: 'linear',
        warmupEpochs: 5,
        tailEpochs: 5,
        stem: 'imagenet',
      },
    });
    expect(config.colourJitter).to.deep.equal({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 });
  });

  it('builds every preset of every recipe', () => {
    for (const recipe of Object.keys(REFERENCES) as RecipeName[])
      for (const scale of Object.keys(PRESETS) as Scale[])
        expect(evaluationConfig(recipe, scale).scale, `${recipe} ${scale}`).to.equal(scale);
  });

  it('calls a changed preset custom, but not for another seed or data set', () => {
    expect(evaluationConfig('cifar', 'laptop', { seed: 3, dataset: 'procedural' }).scale).to.equal('laptop');
    expect(evaluationConfig('cifar', 'laptop', { cutout: 4 }).scale).to.equal('custom');
    expect(evaluationConfig('cifar', 'laptop', { microBatch: 32 }).scale).to.equal('custom');
    // A part as large as the batch is no part.
    expect(evaluationConfig('cifar', 'laptop', { microBatch: 64 })).to.deep.equal(
      evaluationConfig('cifar', 'laptop'),
    );
  });

  it('lists what differs from the recipe, and nothing at paper scale', () => {
    expect(evaluationDifferences(evaluationConfig('cifar', 'paper'))).to.deep.equal([]);
    expect(evaluationDifferences(evaluationConfig('cifar', 'paper', { epochs: 50 }))).to.deep.equal([
      { setting: 'epochs', here: '50', reference: '600' },
    ]);
  });

  const refusals: [Partial<EvaluationConfig> & Record<string, unknown>, RegExp, RecipeName?][] = [
    [{ epochs: 0 }, /epochs is 0, expected an integer of at least 1/],
    [{ batchSize: 1 }, /batchSize is 1.*more than one image/],
    [{ cutout: 33 }, /cutout is 33, expected at most the image's side of 32/],
    [{ cutout: 2.5 }, /cutout is 2.5, expected an integer/],
    [{ dropPath: 1 }, /dropPath is 1, expected a number from 0 to below 1/],
    [{ learningRate: Number.NaN }, /learningRate is null|learningRate is NaN/],
    [{ labelSmoothing: -0.1 }, /labelSmoothing is -0.1/],
    [{ warmupEpochs: 600 }, /fewer than 600 epochs of warm-up \(600\)/],
    [{ tailEpochs: 5 }, /tailEpochs is 5, expected 0 with a cosine/],
    [{ schedule: 'step' as 'cosine' }, /schedule is "step", expected one of cosine, linear/],
    [{ colour: 1 }, /setting "colour" does not exist: use one of scale, recipe/],
    [{ colourJitter: { brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.6 } }, /hue of at most 0.5/],
    [
      { auxiliary: true },
      /auxiliary is true, expected false: the NAS-Bench-201 network has none/,
      'nasbench201',
    ],
    [{ dropPath: 0.1 }, /dropPath is 0.1, expected 0/, 'nasbench201'],
  ];
  for (const [overrides, pattern, recipe = 'cifar'] of refusals) {
    it(`refuses ${JSON.stringify(overrides)} for ${recipe}`, () => {
      expect(() => evaluationConfig(recipe, 'paper', overrides)).to.throw(pattern);
    });
  }
});

describe('the schedules of an evaluation', () => {
  it('follow a cosine to 0 for CIFAR', () => {
    const config = evaluationConfig('cifar', 'paper');
    // 0.025 (1 + cos(pi e / 600)) / 2
    expect(learningRateAt(config, 0)).to.equal(0.025);
    expect(learningRateAt(config, 300)).to.be.closeTo(0.0125, 1e-15);
    expect(learningRateAt(config, 599)).to.be.closeTo(0.025 * Math.sin(Math.PI / 1200) ** 2, 1e-12);
  });

  it('warm up over five epochs, fall linearly and end with a slow tail for ImageNet', () => {
    const config = evaluationConfig('imagenet', 'paper');
    // adjust_lr of DARTS-space/train_imagenet.py: 0.5 (e+1)/5; 0.5 (245-e)/245; 0.5 (250-e)/(245*5).
    for (const [epoch, rate] of [
      [0, 0.1],
      [4, 0.5],
      [5, (0.5 * 240) / 245],
      [244, 0.5 / 245],
      [245, 0.5 / 245],
      [249, 0.5 / 1225],
    ])
      expect(learningRateAt(config, epoch), `epoch ${epoch}`).to.be.closeTo(rate, 1e-12);
  });

  it('drop more paths from epoch to epoch, none in the first', () => {
    const config = evaluationConfig('cifar', 'paper');
    expect([0, 300, 599].map((epoch) => dropPathAt(config, epoch))).to.deep.equal([
      0,
      0.15,
      (0.3 * 599) / 600,
    ]);
  });
});
