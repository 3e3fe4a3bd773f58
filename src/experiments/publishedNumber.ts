// A number as the paper prints it, with how far it can be trusted: what was only recalled is never shown as a fact.

/**
 * Where a published number was read.
 * - `CODE`: the code of the authors' repository (xiangning-chen/DrNAS). Certain.
 * - `README`: its README. Certain.
 * - `XREF`: another paper's table that repeats it. High.
 * - `INFER`: deduced from several public sources. Medium to high.
 * - `MEM-h`, `MEM-m`, `MEM-l`: recalled with high, medium or low confidence and not checked against the paper.
 */
export type Trust = 'CODE' | 'README' | 'XREF' | 'INFER' | 'MEM-h' | 'MEM-m' | 'MEM-l';

export interface PublishedNumber {
  value: number;
  /** Standard deviation over the paper's runs, where it prints one. */
  deviation?: number;
  /** Digits after the point, as printed. */
  digits: number;
  /** Printed with a tilde. */
  approximate?: true;
  trust: Trust;
}

/** False for what was recalled and not checked against a copy of the paper. */
export const isVerified = (trust: Trust): boolean => !trust.startsWith('MEM');

/** `94.36 ± 0.00`, with ` (unverified)` after a recalled number: the only way the kit prints one. */
export function formatPublished({ value, deviation, digits, approximate, trust }: PublishedNumber): string {
  const spread = deviation === undefined ? '' : ` ± ${deviation.toFixed(digits)}`;
  return `${approximate ? '~' : ''}${value.toFixed(digits)}${spread}${isVerified(trust) ? '' : ' (unverified)'}`;
}

/** Reads `93.70+-0.36`, `94.37`, `2437` or `~5` as a number printed with that many digits. */
export function published(text: string, trust: Trust): PublishedNumber {
  const approximate = text.startsWith('~');
  const [value, deviation] = text.slice(approximate ? 1 : 0).split('+-');
  if (![value, deviation ?? '0'].every((part) => /^\d+(\.\d+)?$/.test(part))) {
    throw new Error(`a published number reads like 93.70 or 93.70+-0.36, got ${JSON.stringify(text)}`);
  }
  const digits = value.split('.')[1]?.length ?? 0;
  return {
    ...{ value: Number(value), digits, trust },
    ...(approximate ? { approximate } : {}),
    ...(deviation === undefined ? {} : { deviation: Number(deviation) }),
  };
}

/** One table of the paper. */
export interface PublishedTable {
  /** `table4`. */
  id: string;
  title: string;
  /** Where the numbers were read, and what of them is only recalled. */
  source: string;
  /** What the columns hold, with units; in the paper's order. */
  columns: Record<string, string>;
  /** By method or setting, in the paper's order; a column is left out only where the paper prints a dash. */
  rows: Record<string, Record<string, PublishedNumber>>;
  /** What is special about a row. */
  notes?: Record<string, string>;
}
