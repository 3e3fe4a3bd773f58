// ImageNet: folders of JPEGs made here; samples drawn per class; windows and resampling; batches from several threads.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import sharp from 'sharp';
import type { Batch } from '../../src/data/batch.js';
import { pictureBatches } from '../../src/data/imagenet/batches.js';
import { openImageFolder } from '../../src/data/imagenet/folder.js';
import { resampleWindow } from '../../src/data/imagenet/resample.js';
import { drawSearchSample, readSearchSample, writeSearchSample } from '../../src/data/imagenet/sample.js';
import { drawWindow, WINDOW_NUMBERS, windowOf } from '../../src/data/imagenet/window.js';
import { createStream } from '../../src/random/stream.js';
import { rejection, temporaryFolder } from './files.js';
import { mutationCount, surviveMutations } from './mutate.js';

/** A smooth picture: JPEG changes it little. */
const smooth = (width: number, height: number, salt: number) =>
  Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const c = at % 3;
    const u = (Math.floor(at / 3) % width) / width;
    const v = Math.floor(at / 3 / width) / height;
    return 128 + 100 * Math.sin(3 * u + c + salt) * Math.cos(2 * v + salt);
  });
const jpeg = (width: number, height: number, salt: number) =>
  sharp(smooth(width, height, salt), { raw: { width, height, channels: 3 } }).jpeg({ quality: 95 });

const CLASSES = ['n01440764', 'n01443537', 'n02105855'];

describe('ImageNet', function () {
  this.timeout(30_000);
  const temporary = temporaryFolder();
  const root = join(temporary.path, 'imagenet');
  after(() => temporary.remove());

  before(async () => {
    for (const [part, count] of [
      ['train', 40],
      ['val', 2],
    ] as const) {
      for (const [label, name] of CLASSES.entries()) {
        mkdirSync(join(root, part, name), { recursive: true });
        for (let i = 0; i < (part === 'train' ? count - 10 * label : count); i++) {
          const picture = jpeg(40 + 3 * i, 60 - i, i + label);
          writeFileSync(
            join(root, part, name, `${name}_${String(i).padStart(3, '0')}.JPEG`),
            await picture.toBuffer(),
          );
        }
      }
    }
    writeFileSync(join(root, 'train', CLASSES[0], 'README.txt'), 'not a picture');
    // The official set has a PNG and CMYK pictures under names that end in JPEG, and grey ones.
    const [grey, png, cmyk] = ['a.JPEG', 'b.JPEG', 'c.JPEG'].map((file) =>
      join(root, 'val', CLASSES[2], file),
    );
    await jpeg(50, 50, 1).greyscale().toFile(`${grey}.jpg`);
    writeFileSync(grey, readFileSync(`${grey}.jpg`));
    writeFileSync(png, await jpeg(50, 50, 1).png().toBuffer());
    writeFileSync(cmyk, await jpeg(50, 50, 1).toColourspace('cmyk').jpeg().toBuffer());
  });

  it('lists classes and pictures in byte order, labels by class', () => {
    const folder = openImageFolder({ folder: temporary.path });
    expect(folder.classes).to.deep.equal(CLASSES);
    expect([folder.train.count, folder.valid.count]).to.deep.equal([40 + 30 + 20, 2 + 2 + 2 + 4]);
    expect(folder.train.files[41]).to.equal('n01443537/n01443537_001.JPEG');
    expect(folder.train.labels[41]).to.equal(1);
    expect(folder.title).to.equal('ImageNet (3 classes, 90 training and 10 validation images)');
  });

  it('refuses classes that are in only one of train and val, and folders without pictures', () => {
    const other = join(temporary.path, 'other');
    mkdirSync(join(other, 'train', 'a'), { recursive: true });
    mkdirSync(join(other, 'val'), { recursive: true });
    expect(() => openImageFolder({ folder: other })).to.throw('val: no class folders');
    mkdirSync(join(other, 'val', 'b'));
    expect(() => openImageFolder({ folder: other })).to.throw('class a is in only one of train and val');
    symlinkSync('b', join(other, 'val', 'a'));
    mkdirSync(join(other, 'train', 'b'));
    expect(() => openImageFolder({ folder: other })).to.throw(/train\/a: no pictures/);
    expect(() => openImageFolder({ folder: join(temporary.path, 'imagenet', 'val') })).to.throw(
      /ImageNet was not found in .*registered users only/,
    );
  });

  describe('the search sample', () => {
    const open = () => openImageFolder({ folder: temporary.path });

    it('takes 10 % and 2.5 % of each class, without overlap, and at least one', () => {
      const { train, classes } = open();
      const { weights, alpha } = drawSearchSample(train, classes, { seed: 1 });
      const perClass = (part: Int32Array) =>
        [0, 1, 2].map((label) => part.filter((i) => train.labels[i] === label).length);
      expect(perClass(weights)).to.deep.equal([4, 3, 2]); // of 40, 30, 20
      expect(perClass(alpha)).to.deep.equal([1, 1, 1]);
      expect(new Set([...weights, ...alpha]).size).to.equal(12);
      const again = drawSearchSample(train, classes, { seed: 1 });
      expect(again.weights).to.deep.equal(weights);
      expect(drawSearchSample(train, classes, { seed: 2 }).weights).to.not.deep.equal(weights);
    });

    it('draws every picture of a class equally often', () => {
      const { train, classes } = open();
      const counts = new Float64Array(40);
      const rounds = 2000;
      for (let seed = 0; seed < rounds; seed++) {
        for (const i of drawSearchSample(train, classes, { seed }).weights) if (i < 40) counts[i]++;
      }
      const expected = (rounds * 4) / 40;
      // Five standard deviations of a binomial with p = 0.1.
      for (const count of counts)
        expect(Math.abs(count - expected)).to.be.below(5 * Math.sqrt(expected * 0.9));
    });

    it('is written as a list and read back; a list that does not fit is refused by line', () => {
      const { train, classes } = open();
      const sample = drawSearchSample(train, classes, { seed: 3 });
      const file = join(temporary.path, 'sample.txt');
      writeSearchSample(file, train, sample, 'ImageNet, 10 % and 2.5 % of each class, seed 3');
      expect(readSearchSample(file, train)).to.deep.equal(sample);
      const text = readFileSync(file, 'utf8');
      expect(text.split('\n')[0]).to.equal('# ImageNet, 10 % and 2.5 % of each class, seed 3');
      const refuse = (lines: string, problem: string) => {
        writeFileSync(file, lines);
        expect(() => readSearchSample(file, train)).to.throw(problem);
      };
      refuse(`${text}weights x/y.JPEG\n`, 'x/y.JPEG is not in');
      refuse(text + text.split('\n')[1], 'is listed twice');
      refuse('weights\n', 'line 1: expected "weights PATH" or "alpha PATH"');
      refuse('', 'no images for weights or for alpha');
    });
  });

  describe('the window', () => {
    it('covers 8 % to 100 % of the area with sides of 3:4 to 4:3, and lies inside', () => {
      const stream = createStream(5);
      let smallest = 1;
      let mirrored = 0;
      for (let n = 0; n < 4000; n++) {
        const numbers = drawWindow(stream);
        expect(numbers).to.have.length(WINDOW_NUMBERS);
        const window = windowOf(500, 375, numbers);
        expect(window.left).to.be.within(0, 500 - window.width);
        expect(window.top).to.be.within(0, 375 - window.height);
        expect(window.width / window.height).to.be.within(0.74, 1.36); // whole pixels
        smallest = Math.min(smallest, (window.width * window.height) / (500 * 375));
        if (window.mirrored) mirrored++;
      }
      expect(smallest).to.be.within(0.079, 0.085);
      expect(Math.abs(mirrored - 2000)).to.be.below(5 * Math.sqrt(1000)); // five standard deviations
    });

    it('takes the middle of a picture too long for any try, and the middle without numbers', () => {
      const numbers = drawWindow(createStream(6));
      expect(windowOf(1000, 10, numbers)).to.include({ left: 493, top: 0, width: 13, height: 10 });
      // 256 pixels of the shorter side, of which 224 are shown.
      expect(windowOf(512, 256)).to.include({ left: 144, top: 16, width: 224, height: 224, open: true });
    });
  });

  describe('resampleWindow', () => {
    const table = Float32Array.from({ length: 768 }, (_, i) => i % 256); // floats that are the bytes
    const all = (width: number, height: number) => ({
      left: 0,
      top: 0,
      width,
      height,
      mirrored: false,
      open: false,
    });
    const resample = (
      pixels: Uint8Array,
      w: number,
      h: number,
      window: ReturnType<typeof all>,
      size: number,
    ) => {
      const x = new Float32Array(size * size * 3);
      resampleWindow(x, pixels, [w, h], window, size, table);
      return x;
    };

    it('leaves a picture of the right size as it is, and mirrors', () => {
      const pixels = smooth(8, 8, 1);
      expect(Array.from(resample(pixels, 8, 8, all(8, 8), 8))).to.deep.equal(Array.from(pixels));
      const turned = resample(pixels, 8, 8, { ...all(8, 8), mirrored: true }, 8);
      for (let x = 0; x < 8; x++) expect(turned[x * 3]).to.equal(pixels[(7 - x) * 3]);
    });

    it('weighs by the triangle filter when it shrinks, as written out by hand', () => {
      // One row 0 0 0 0 255 0 0 0 to two: centres 2 and 6, support 4; weights of pixel 4 are 1 - 2.5/4 = 3/8 and
      // 1 - 1.5/4 = 5/8; the sums of all weights in the picture are 0.875+0.625+0.875+0.625+0.375+0.125 = 3.5.
      const pixels = new Uint8Array(8 * 8 * 3);
      for (let y = 0; y < 8; y++) pixels.fill(255, (y * 8 + 4) * 3, (y * 8 + 5) * 3);
      const out = resample(pixels, 8, 8, all(8, 8), 2);
      expect([out[0], out[3]]).to.deep.equal([
        Math.floor((255 * 0.375) / 3.5 + 0.5),
        Math.floor((255 * 0.625) / 3.5 + 0.5),
      ]);
    });

    it('keeps a plain colour plain at any size, and stays in range at edges', () => {
      for (const [w, h, size] of [
        [37, 91, 16],
        [5, 3, 24],
        [1, 1, 4],
        [300, 200, 7],
      ]) {
        const x = resample(new Uint8Array(w * h * 3).fill(255), w, h, all(w, h), size);
        expect(Math.min(...x)).to.equal(255);
      }
    });

    it('agrees with libvips, an independent resampler, on a smooth picture', async () => {
      const pixels = smooth(90, 60, 2);
      const ours = resample(pixels, 90, 60, all(90, 60), 32);
      const theirs = await sharp(pixels, { raw: { width: 90, height: 60, channels: 3 } })
        .resize(32, 32, { fit: 'fill', kernel: 'linear' })
        .raw()
        .toBuffer();
      for (let i = 0; i < ours.length; i++) expect(Math.abs(ours[i] - theirs[i])).to.be.below(4);
    });
  });

  describe('pictureBatches', () => {
    const requests = (withStream: boolean) =>
      [0, 1, 2, 3, 4].map((n) => ({
        indices: [n, 89 - n, 40 + n],
        ...(withStream ? { stream: createStream(1, 'pictures', n) } : {}),
      }));
    const collect = async (generator: AsyncGenerator<Batch>) => {
      const batches: Batch[] = [];
      for await (const batch of generator) batches.push(batch);
      return batches;
    };

    it('gives the same bits on any number of threads and in the calling one', async () => {
      const { train } = openImageFolder({ folder: temporary.path });
      const make = (threads: number, ahead: number) =>
        collect(pictureBatches(train, requests(true), { size: 24, threads, ahead }));
      const expected = await make(0, 1);
      expect(expected).to.have.length(5);
      expect(Array.from(expected[1].y)).to.deep.equal([0, 2, 1]);
      for (const [threads, ahead] of [
        [1, 1],
        [3, 4],
      ]) {
        const batches = await make(threads, ahead);
        batches.forEach((batch, n) => {
          expect(Buffer.from(batch.x.buffer).equals(Buffer.from(expected[n].x.buffer))).to.equal(true);
          expect(batch.y).to.deep.equal(expected[n].y);
        });
      }
    });

    it('shows the middle of a validation picture, normalised, whatever its colours are stored as', async () => {
      const { valid } = openImageFolder({ folder: temporary.path });
      const wanted = ['a', 'b', 'c'].map((name) => valid.files.indexOf(`n02105855/${name}.JPEG`));
      const [{ x }] = await collect(pictureBatches(valid, [{ indices: wanted }], { size: 16 }));
      const at = (image: number, c: number) => x[((image * 16 + 8) * 16 + 8) * 3 + c];
      const [mean, std] = [
        [0.485, 0.456, 0.406],
        [0.229, 0.224, 0.225],
      ];
      const value = (image: number, c: number) => (at(image, c) * std[c] + mean[c]) * 255;
      const original = smooth(50, 50, 1);
      const middle = (c: number) => original[(26 * 50 + 26) * 3 + c];
      for (let c = 0; c < 3; c++) {
        expect(value(0, c)).to.be.closeTo(value(0, 0), 1); // grey: three equal channels
        expect(value(1, c)).to.be.closeTo(middle(c), 8);
        expect(value(2, c)).to.be.closeTo(middle(c), 40); // CMYK and back is coarse
      }
    });

    it('names the picture that cannot be decoded, and stops', async () => {
      const { valid } = openImageFolder({ folder: temporary.path });
      const broken = { ...valid, files: [...valid.files] };
      const whole = readFileSync(join(valid.root, valid.files[0]));
      writeFileSync(join(valid.root, 'cut.JPEG'), whole.subarray(0, whole.length / 2));
      writeFileSync(join(valid.root, 'empty.JPEG'), '');
      for (const name of ['cut.JPEG', 'empty.JPEG', 'missing.JPEG']) {
        broken.files[1] = name;
        for (const threads of [0, 2]) {
          const error = await rejection(
            collect(pictureBatches(broken, [{ indices: [0, 1] }], { size: 8, threads })),
          );
          expect(error.message).to.match(new RegExp(`${name} cannot be decoded .*truncated or damaged`));
        }
      }
      const error = await rejection(collect(pictureBatches(valid, [{ indices: [10] }])));
      expect(error.message).to.equal('picture 10: the set has pictures 0 to 9');
      expect((await rejection(collect(pictureBatches(valid, [], { size: 0 })))).message).to.contain(
        'size is 0',
      );
    });

    it('holds a few batches and not the whole set', async () => {
      const { train } = openImageFolder({ folder: temporary.path });
      let taken = 0;
      function* endless() {
        for (;;) {
          taken++;
          yield { indices: [taken % 90] };
        }
      }
      let seen = 0;
      for await (const _ of pictureBatches(train, endless(), { size: 8, threads: 1, ahead: 3 })) {
        seen++;
        expect(taken - seen).to.be.below(3);
        if (seen === 20) break; // the threads stop, too, or the test would not end
      }
    });

    it('survives damaged pictures', async () => {
      const picture = await jpeg(48, 40, 3).toBuffer();
      const file = join(temporary.path, 'picture.JPEG');
      const pictures = { files: ['picture.JPEG'], labels: Uint16Array.of(0), count: 1, root: temporary.path };
      const read = async (_name: string, bytes: Uint8Array) => {
        writeFileSync(file, bytes);
        return (await collect(pictureBatches(pictures, [{ indices: [0] }], { size: 16, threads: 0 })))[0];
      };
      const { refused } = await surviveMutations(
        'picture.JPEG',
        picture,
        mutationCount(200),
        read,
        ({ x }) => {
          expect(x.length).to.equal(16 * 16 * 3);
          expect(x.every((v) => Math.abs(v) < 3)).to.equal(true);
        },
      );
      expect(refused).to.be.above(20);
    });
  });
});
