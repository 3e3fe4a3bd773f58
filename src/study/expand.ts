// From a study to its settings: all variants x axes, each with its label, kind, settings and seeds.
import type { Axis, Settings, StudyDefinition } from './definition.js';
import type { JobKind, Label } from './jobs.js';
import { parseSeeds } from './seedList.js';

export interface PlannedSetting {
  kind: JobKind;
  label: Label;
  /** Without the seed, over the scale's preset. */
  settings: Settings;
  seeds: readonly number[];
}

interface Point {
  label: Label;
  settings: Settings;
}

const seedsOf = (seeds: string | readonly number[]) =>
  typeof seeds === 'string' ? parseSeeds(seeds) : seeds;

/** A column shows text and numbers; true, false and null as words. */
const shown = (value: string | number | boolean | null) =>
  typeof value === 'string' || typeof value === 'number' ? value : String(value);

/** The values of an axis, each with the settings that it stands for. */
function points(name: string, axis: Axis): Point[] {
  if (Array.isArray(axis))
    return axis.map((value) => ({ label: { [name]: shown(value) }, settings: { [name]: value } }));
  return Object.entries(axis as Record<string, Settings>).map(([value, settings]) => ({
    label: { [name]: value },
    settings,
  }));
}

/** Every combination of one point of each axis; the last axis changes fastest. */
function product(axes: Readonly<Record<string, Axis>>): Point[] {
  return Object.entries(axes).reduce<Point[]>(
    (all, [name, axis]) =>
      all.flatMap((before) =>
        points(name, axis).map((point) => ({
          label: { ...before.label, ...point.label },
          settings: { ...before.settings, ...point.settings },
        })),
      ),
    [{ label: {}, settings: {} }],
  );
}

/** The name of a setting in file names: the label's values. */
export const settingName = (label: Label): string =>
  Object.values(label)
    .map((value) => String(value).replace(/[^\w.+-]+/g, '_'))
    .join('-') || 'base';

/** The settings of a study in its order. Throws where two of them have one name. */
export function expandStudy(study: StudyDefinition): PlannedSetting[] {
  const own = study.kind ?? 'search';
  const variants = study.variants ?? [undefined];
  const planned = variants.flatMap((variant) => {
    const kind = variant?.kind ?? own;
    return product(variant?.axes ?? study.axes ?? {}).map((point) => ({
      kind,
      label: { ...(variant && { variant: variant.name, ...variant.label }), ...point.label },
      settings: { ...(kind === own && study.base), ...variant?.settings, ...point.settings },
      seeds: seedsOf(variant?.seeds ?? study.seeds),
    }));
  });
  const names = planned.map(({ label }) => settingName(label));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new Error(
      `two settings of the study ${study.name} are called ${JSON.stringify(twice)}: give each a name of its own`,
    );
  return planned;
}
