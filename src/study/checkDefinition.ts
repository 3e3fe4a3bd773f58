// Refuses a study that cannot be meant as it stands, by the key that is wrong.
import { existsSync, readFileSync } from 'node:fs';
import type { StudyDefinition } from './definition.js';
import { JOB_KINDS } from './jobs.js';
import { parseSeeds } from './seedList.js';

type Check = (value: unknown, path: string) => void;

function wrong(path: string, value: unknown, expected: string): never {
  const text = JSON.stringify(value) ?? String(value);
  throw new Error(`${path} is ${text.length > 80 ? `${text.slice(0, 77)}…` : text}, expected ${expected}`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const text: Check = (value, path) => {
  if (typeof value !== 'string' || value.trim() === '') wrong(path, value, 'a text');
};
const slug: Check = (value, path) => {
  if (typeof value !== 'string' || !/^[A-Za-z0-9][\w.-]*$/.test(value))
    wrong(path, value, 'letters, digits, - and _');
};
const oneOf =
  (values: readonly string[]): Check =>
  (value, path) => {
    if (!values.includes(value as string)) wrong(path, value, `one of ${values.join(', ')}`);
  };
const count: Check = (value, path) => {
  if (!Number.isInteger(value) || (value as number) < 1) wrong(path, value, 'a whole number of at least 1');
};
const settings: Check = (value, path) => {
  if (!isObject(value)) wrong(path, value, 'settings by name, as {"sampler": "softmax"}');
};
const label: Check = (value, path) => {
  if (!isObject(value)) wrong(path, value, 'values by column, as {"order": 2}');
  for (const [key, entry] of Object.entries(value))
    if (!['string', 'number'].includes(typeof entry)) wrong(`${path}.${key}`, entry, 'a text or a number');
};

const seeds: Check = (value, path) => {
  if (typeof value === 'string') {
    try {
      parseSeeds(value);
    } catch (error) {
      throw new Error(`${path} is ${(error as Error).message}`);
    }
    return;
  }
  if (
    !Array.isArray(value) ||
    value.length === 0 ||
    value.some((seed) => !(Number.isSafeInteger(seed) && seed >= 0))
  )
    wrong(path, value, 'seeds as "0-4", "0,3,7" or a list of whole numbers');
  if (new Set(value).size !== value.length) wrong(path, value, 'each seed once');
};

const axes: Check = (value, path) => {
  if (!isObject(value)) wrong(path, value, 'axes by name, as {"sampler": ["dirichlet", "softmax"]}');
  for (const [name, axis] of Object.entries(value)) {
    const here = `${path}.${name}`;
    if (['seed', 'seeds', 'variant'].includes(name))
      throw new Error(
        `${here}: ${name} cannot be an axis; ${name === 'variant' ? 'use variants' : 'seeds are a list of their own'}`,
      );
    if (Array.isArray(axis)) {
      if (
        axis.length === 0 ||
        axis.some((v) => v !== null && !['string', 'number', 'boolean'].includes(typeof v))
      )
        wrong(here, axis, 'at least one value, or settings by name');
      if (new Set(axis).size !== axis.length) wrong(here, axis, 'each value once');
    } else if (isObject(axis) && Object.keys(axis).length > 0) {
      for (const [key, entry] of Object.entries(axis)) settings(entry, `${here}.${key}`);
    } else wrong(here, axis, 'a list of values, or settings by name');
  }
};

/** Checks the known keys of an object and refuses others. */
function fields(value: unknown, path: string, known: Record<string, Check>, required: string[]): void {
  if (!isObject(value)) wrong(path, value, 'an object');
  const prefix = path === 'study' ? '' : `${path}.`;
  for (const key of Object.keys(value))
    if (!(key in known))
      throw new Error(`${prefix}${key} is no key of a study: use one of ${Object.keys(known).join(', ')}`);
  for (const key of required)
    if (value[key] === undefined)
      throw new Error(`${prefix}${key} is missing: expected beside ${Object.keys(value).join(', ')}`);
  for (const [key, check] of Object.entries(known))
    if (value[key] !== undefined) check(value[key], `${prefix}${key}`);
}

const variants: Check = (value, path) => {
  if (!Array.isArray(value) || value.length === 0) wrong(path, value, 'a list of named settings');
  value.forEach((entry, i) =>
    fields(entry, `${path}[${i}]`, { name: text, kind: oneOf(JOB_KINDS), settings, label, axes, seeds }, [
      'name',
    ]),
  );
};

const resources: Check = (value, path) =>
  fields(value, path, { parallel: count, threads: count, memoryMiB: count, minutes: count }, []);

/** Returns the value as a study, or throws an error that names the key, its value and what would do. */
export function checkDefinition(value: unknown): StudyDefinition {
  const known: Record<string, Check> = {
    format: oneOf(['drnas-study-1']),
    name: slug,
    title: text,
    kind: oneOf(JOB_KINDS),
    scale: oneOf(['smoke', 'laptop', 'paper']),
    base: settings,
    axes,
    variants,
    seeds,
    reference: label,
    metric: text,
    resources,
    out: text,
  };
  fields(value, 'study', known, ['format', 'name', 'seeds']);
  return value as StudyDefinition;
}

/** Reads a study file. */
export function readDefinition(file: string): StudyDefinition {
  if (!existsSync(file)) throw new Error(`there is no study ${file}`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} is no JSON: ${(error as Error).message}`);
  }
  try {
    return checkDefinition(value);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`);
  }
}
