// CIFAR-100: two files, two label bytes a record: the coarse class (one of 20, unused here) and the fine one.
import { type CifarFormat, findCifar, readCifar } from './cifar.js';
import type { FindOptions, Location, ReadOptions } from './types.js';

export const CIFAR100: CifarFormat = {
  name: 'cifar100',
  aliases: ['cifar-100', 'cifar100'],
  labelBytes: 2,
  labelValues: [20, 100],
  records: { 'train.bin': 50_000, 'test.bin': 10_000 },
  classes: (
    'apple,aquarium_fish,baby,bear,beaver,bed,bee,beetle,bicycle,bottle,bowl,boy,bridge,bus,butterfly,camel,can,' +
    'castle,caterpillar,cattle,chair,chimpanzee,clock,cloud,cockroach,couch,crab,crocodile,cup,dinosaur,dolphin,' +
    'elephant,flatfish,forest,fox,girl,hamster,house,kangaroo,keyboard,lamp,lawn_mower,leopard,lion,lizard,lobster,' +
    'man,maple_tree,motorcycle,mountain,mouse,mushroom,oak_tree,orange,orchid,otter,palm_tree,pear,pickup_truck,' +
    'pine_tree,plain,plate,poppy,porcupine,possum,rabbit,raccoon,ray,road,rocket,rose,sea,seal,shark,shrew,skunk,' +
    'skyscraper,snail,snake,spider,squirrel,streetcar,sunflower,sweet_pepper,table,tank,telephone,television,tiger,' +
    'tractor,train,trout,tulip,turtle,wardrobe,whale,willow_tree,wolf,woman,worm'
  ).split(','),
  // The constants that the reference's utils.py has for CIFAR-100. Its DARTS-space scripts normalise CIFAR-100 with
  // those of CIFAR-10 (DARTS-space/train_search.py:96); here each data set has its own.
  mean: [0.5071, 0.4865, 0.4409],
  std: [0.2673, 0.2564, 0.2762],
};

/** The first place that has any file of CIFAR-100. */
export const findCifar100 = (options?: FindOptions) => findCifar(CIFAR100, options);

/** Reads, checks and decodes CIFAR-100. Errors name the file, what was expected and what was found. */
export const readCifar100 = (location: Location, options?: ReadOptions) =>
  readCifar(CIFAR100, location, options);
