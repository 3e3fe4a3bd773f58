// Table 4's rows as methods, Table 5's grid, and the studies: complete, and every setting one that can run.
import { expect } from 'chai';
import { ABLATIONS, methodStudy } from '../../src/experiments/ablations.js';
import { equalCost } from '../../src/experiments/equalCost.js';
import { TABLE_4, TABLE_5 } from '../../src/experiments/publishedNb201.js';
import { STUDY_SETTINGS } from '../../src/experiments/studySize.js';
import { METHODS, methodLine, methodOf, publishedOf } from '../../src/experiments/table4.js';
import { LAMBDA_ROWS, LAMBDAS } from '../../src/experiments/table5.js';
import { type RivalSettings, rivalRequest } from '../../src/rivals/request.js';
import { sharingConfig } from '../../src/rivals/sharing/config.js';
import { type SearchConfig, searchConfig } from '../../src/search/config.js';
import { scheduleOf } from '../../src/search/presets.js';
import { parseSchedule } from '../../src/search/progressive/schedules.js';
import { formatArchitecture } from '../../src/spaces/nasbench201/architecture.js';
import { architectureAt } from '../../src/spaces/nasbench201/officialOrder.js';
import { checkDefinition } from '../../src/study/checkDefinition.js';
import { expandStudy } from '../../src/study/expand.js';

const SCALES = ['smoke', 'laptop', 'paper'] as const;

describe("Table 4's methods", () => {
  it('leave no row of the paper without a method that runs or a line that says why not', () => {
    const rows = METHODS.filter(({ inPaper }) => inPaper).map(({ name }) => name);
    expect(rows).to.have.members(Object.keys(TABLE_4.rows));
    for (const { name, how } of METHODS) expect(how, name).to.have.length.above(40);
  });

  for (const method of METHODS) {
    if (method.kind === 'search')
      it(`${method.name} is a search that every scale accepts`, () => {
        for (const scale of SCALES) {
          const config = searchConfig(scale, method.settings);
          for (const [name, value] of Object.entries(method.settings!)) {
            const own = config[name as keyof SearchConfig];
            if (own !== undefined) expect(own, name).to.deep.equal(value);
          }
        }
      });
    if (method.rival)
      it(`${method.name} is a rival whose settings are accepted`, () => {
        const { rival } = method;
        const request = rivalRequest({ ...rival, seed: 0 } as RivalSettings);
        expect(request.kind).to.equal(method.kind);
      });
  }

  it('make the same number of weight updates on equal batches: that is their equal cost', () => {
    for (const scale of SCALES) {
      const drnas = searchConfig(scale, {});
      for (const method of METHODS) {
        const config =
          method.kind === 'search'
            ? searchConfig(scale, method.settings)
            : method.kind === 'sharing'
              ? (() => {
                  const request = rivalRequest({ ...method.rival, seed: drnas.seed, scale } as RivalSettings);
                  return request.kind === 'sharing' ? request.config.search : drnas;
                })()
              : undefined;
        if (!config) continue;
        for (const name of [
          'epochs',
          'stepsPerEpoch',
          'batchSize',
          'dataset',
          'imageSize',
          'channels',
        ] as const)
          expect(config[name], `${method.name} ${name}`).to.equal(drnas[name]);
        expect(config.weightLearningRate, method.name).to.deep.equal(drnas.weightLearningRate);
      }
    }
  });

  it('look up the cells that they name', () => {
    expect(formatArchitecture(architectureAt(methodOf('ResNet').index!))).to.equal(
      '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|',
    );
    expect(new Set(architectureAt(methodOf('all 3x3 convolutions').index!))).to.deep.equal(
      new Set(['nor_conv_3x3']),
    );
  });

  it('say at what cost they run in numbers of the presets', () => {
    const { epochs, stepsPerEpoch, batchSize } = searchConfig('laptop');
    expect(equalCost()).to.contain(`${epochs} epochs of ${stepsPerEpoch} batches of ${batchSize} images`);
    expect(equalCost()).to.contain(`judge ${sharingConfig('rsps', 'laptop').candidates} candidates`);
    const { imageSize, ...study } = STUDY_SETTINGS;
    expect(equalCost('laptop', STUDY_SETTINGS)).to.contain(
      `${study.epochs * study.stepsPerEpoch}: ${study.epochs} epochs of ${study.stepsPerEpoch} batches of ${batchSize} images, ${imageSize}x${imageSize}`,
    );
    expect(equalCost('paper')).to.contain('epochs of all batches');
  });

  it('print what the paper prints with its trust, and nothing for what it does not print', () => {
    expect(methodLine(methodOf('Random'))).to.contain('93.70 ± 0.36 (unverified)');
    expect(methodLine(methodOf('DrNAS'))).to.contain('94.36 ± 0.00 / 73.51 ± 0.00 / 46.34 ± 0.00');
    expect(publishedOf(methodOf('Evolution'))).to.equal(undefined);
    expect(() => methodOf('NASNet')).to.throw(/use one of ResNet/);
  });
});

describe("Table 5's grid", () => {
  it('has every lambda of the paper, each number shown as unverified', () => {
    expect(LAMBDA_ROWS.map(({ row }) => row)).to.deep.equal(Object.keys(TABLE_5.rows));
    expect(LAMBDAS).to.deep.equal([5e-4, 1e-3, 5e-3, 1e-2, 1e-1, 1]);
    for (const { published } of LAMBDA_ROWS) expect(published.trust).to.match(/^MEM/);
    expect(LAMBDA_ROWS[0].settings('kl')).to.deep.equal({ regulariser: 'none', regulariserWeight: 0 });
  });
});

describe('the studies of the laboratory', () => {
  for (const [name, make] of Object.entries(ABLATIONS)) {
    it(`${name}: a study whose every setting can run, at each scale`, () => {
      for (const scale of SCALES) {
        const study = checkDefinition(JSON.parse(JSON.stringify(make({ scale, seeds: [0, 1] }))));
        for (const { kind, label, settings, seeds } of expandStudy(study)) {
          expect(seeds).to.deep.equal([0, 1]);
          if (kind === 'rival') {
            rivalRequest({ ...settings, seed: 0 } as unknown as RivalSettings);
            continue;
          }
          const { stages, ...rest } = settings as Partial<SearchConfig> & { stages?: string };
          const staged = stages === undefined ? {} : { stages: parseSchedule(stages, 'nasbench201') };
          expect(() => searchConfig(scale, { ...rest, ...staged }), JSON.stringify(label)).to.not.throw();
        }
      }
    });

    it(`${name}: compares with a setting that it has`, () => {
      const study = make();
      const reference = Object.entries(study.reference!);
      const found = expandStudy(study).filter(({ label }) =>
        reference.every(([column, value]) => label[column] === value),
      );
      expect(found).to.have.length(1);
    });
  }

  it('names schedules by what they are, at each scale: the scale’s own, and others of as many epochs', () => {
    for (const scale of SCALES) {
      const { variants, reference } = ABLATIONS.widening({ scale, full: true });
      const own = scheduleOf('nasbench201', scale);
      const epochs = own.reduce((sum, stage) => sum + stage.epochs, 0);
      const staged = variants!.filter(({ settings }) => settings?.stages !== undefined);
      expect(new Set(staged.map(({ name }) => name)).size).to.equal(4);
      for (const { name, settings } of staged) {
        const stages = parseSchedule(settings!.stages as string, 'nasbench201');
        const [first, second] = stages;
        expect(name).to.equal(`k${first.k}-k${second.k}-keep${second.operations}`);
        expect(first.epochs + second.epochs, name).to.equal(epochs);
        if (name === reference!.variant) expect(stages).to.deep.equal(own);
      }
      const inOne = variants!.find(({ settings }) => settings?.k !== undefined)!;
      expect([inOne.name, inOne.settings!.k]).to.deep.equal([`one-stage-k${own[0].k}`, own[0].k]);
    }
  });

  it('has Table 4 with a search or a rival for each row that is not only looked up', () => {
    const names = methodStudy().variants!.map(({ name }) => name);
    expect(names).to.include.members([
      'Random',
      'RSPS',
      'Reinforce',
      'ENAS',
      'DARTS',
      'GDAS',
      'SNAS',
      'DSNAS',
      'PC-DARTS',
      'DrNAS',
    ]);
    const cifar100 = methodStudy({ dataset: 'cifar100', full: true });
    expect(cifar100.variants!.find(({ name }) => name === 'Random')!.settings).to.deep.include({
      searchOn: 'cifar100',
    });
    expect(cifar100.variants!.find(({ name }) => name === 'ENAS')!.settings!.search).to.deep.equal({
      dataset: 'cifar100',
    });
  });

  it('are shorter than the laptop preset unless it is asked for in full, and differ from it in nothing else', () => {
    const [short, full] = [{}, { full: true }].map((options) => ABLATIONS.samplers(options));
    expect(full.base).to.deep.equal({ dataset: 'cifar10' });
    expect(short.base).to.deep.equal({ dataset: 'cifar10', ...STUDY_SETTINGS });
    expect(short.variants).to.deep.equal(full.variants);
    for (const scale of ['smoke', 'paper'] as const)
      expect(Object.keys(ABLATIONS.samplers({ scale }).base!), scale).to.deep.equal(['dataset']);
    const [preset, study] = [{}, STUDY_SETTINGS].map((changes) => searchConfig('laptop', changes));
    expect([study.channels, study.cellsPerStage]).to.deep.equal([preset.channels, preset.cellsPerStage]);
    const steps = (config: SearchConfig) => config.epochs * config.stepsPerEpoch!;
    expect(steps(study) / steps(preset)).to.be.closeTo(1 / 4, 0.02);
  });

  it('train shared weights for as long in every method of Table 4, and show ENAS’s controller as many batches', () => {
    const { variants } = methodStudy();
    for (const name of ['RSPS', 'ENAS']) {
      const { settings } = variants!.find((variant) => variant.name === name)!;
      const request = rivalRequest({ ...settings, seed: 0 } as unknown as RivalSettings);
      if (request.kind !== 'sharing') throw new Error(`${name} shares weights`);
      const { search, controller } = request.config;
      expect([search.epochs, search.stepsPerEpoch, search.imageSize], name).to.deep.equal([
        STUDY_SETTINGS.epochs,
        STUDY_SETTINGS.stepsPerEpoch,
        STUDY_SETTINGS.imageSize,
      ]);
      if (name === 'ENAS')
        expect(controller!.updates * controller!.architectures).to.equal(search.stepsPerEpoch);
    }
  });

  it('have stages as long as their searches in one stage', () => {
    const { variants } = ABLATIONS.widening();
    for (const { settings } of variants!.filter(({ settings }) => settings?.stages !== undefined)) {
      const stages = parseSchedule(settings!.stages as string, 'nasbench201');
      expect(stages[0].epochs + stages[1].epochs).to.equal(STUDY_SETTINGS.epochs);
      expect(stages[1].frozenEpochs).to.equal(STUDY_SETTINGS.frozenEpochs);
    }
  });

  it('have the trajectory’s runs at the preset itself: the runs of drnas seeds', () => {
    for (const scale of SCALES) {
      const { base, variants } = ABLATIONS.trajectory({ scale });
      expect(Object.keys(base!), scale).to.deep.equal(['dataset']);
      expect(variants).to.deep.equal([{ name: 'DrNAS', settings: {} }]);
    }
  });
});
