// A curve of several runs: their mean, and their range as a band around it.
import { mean } from 'simple-statistics';
import type { Curve } from './curves.js';

/** What a run says at a place: an epoch, a step. */
export interface CoursePoint {
  epoch: number;
}

export type SpreadCurveOptions<Point> = Omit<Curve, 'name' | 'x' | 'y' | 'low' | 'high'> & {
  /** Where the points stand; default by epoch. */
  at?: (point: Point) => number;
};

/**
 * Mean and range over the runs at each epoch at which every one of them has a value. A run that was not measured there (another
 * diagnostics, an epoch cut short) leaves that epoch out rather than changing what is averaged.
 */
export function spreadCurve<Point extends CoursePoint>(
  name: string,
  runs: readonly (readonly Point[])[],
  of: (point: Point) => number | null | undefined,
  { at, ...style }: SpreadCurveOptions<Point> = {},
): Curve {
  if (runs.length === 0) throw new Error(`the curve ${JSON.stringify(name)} has no runs`);
  const byEpoch = runs.map(
    (run) =>
      new Map(
        run.flatMap((point) => {
          const value = of(point);
          return value === null || value === undefined ? [] : [[point.epoch, { point, value }] as const];
        }),
      ),
  );
  const epochs = [...byEpoch[0].keys()].filter((epoch) => byEpoch.every((run) => run.has(epoch)));
  const values = epochs.map((epoch) => byEpoch.map((run) => run.get(epoch)!.value));
  return {
    ...{ mode: epochs.length <= 30 ? 'lines+markers' : 'lines', size: 5, ...style, name },
    x: epochs.map((epoch) => (at ? at(byEpoch[0].get(epoch)!.point) : epoch)),
    y: values.map((all) => mean([...all])),
    ...(runs.length > 1 && {
      low: values.map((all) => Math.min(...all)),
      high: values.map((all) => Math.max(...all)),
    }),
  };
}
