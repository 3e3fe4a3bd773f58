// Figure: how the mixing weights of a DARTS search divide among its operations, by kind of cell.
import { mean } from 'simple-statistics';
import { curvePanels } from './curves.js';
import { DARTS_STYLES } from './dartsStyles.js';
import type { Figure, FigureOptions } from './types.js';

/** The expected mixing weights of one epoch: 14 rows of the normal cell, then 14 of the reduction cell. */
export interface SharesRecord {
  epoch: number;
  mixing: readonly (readonly number[])[];
}

export interface OperationSharesOptions extends FigureOptions {
  /** Operations in the columns' order. */
  operations: readonly string[];
}

const EDGES = 14;

/** One panel for each kind of cell; a curve is an operation's weight averaged over the edges, mean and range over the runs. */
export function operationShares(
  runs: readonly (readonly SharesRecord[])[],
  options: OperationSharesOptions,
): Figure {
  const { title = 'Mixing weights by operation', subtitle, operations } = options;
  if (runs.length === 0) throw new Error('mixing weights need at least one run, got none');
  const kinds = ['normal cell', 'reduction cell'];
  const panels = kinds.map((heading, kind) => ({
    heading,
    x: { title: 'epoch' },
    y: { title: 'expected weight, mean of 14 edges' },
    curves: operations.map((operation, column) => {
      const { label, colour, dash } = DARTS_STYLES[operation];
      const x = runs[0].map(({ epoch }) => epoch);
      const values = x.map((_, i) =>
        runs.map((run) =>
          mean(run[i].mixing.slice(kind * EDGES, (kind + 1) * EDGES).map((row) => row[column])),
        ),
      );
      return {
        ...{ name: label, colour, ...(dash && { dash: 'dash' as const }), x },
        ...{ y: values.map((all) => mean([...all])), mode: 'lines+markers' as const, size: 5 },
        low: values.map((of) => Math.min(...of)),
        high: values.map((of) => Math.max(...of)),
      };
    }),
  }));
  return curvePanels(panels, { title, subtitle });
}
