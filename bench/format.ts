// Numbers and tables as text: for the terminal and for RESULTS.md.

const MIB = 1024 * 1024;

/** Milliseconds below a second, else seconds, with three digits. */
export function formatSeconds(seconds: number): string {
  const [value, unit] = seconds < 1 ? [seconds * 1000, 'ms'] : [seconds, 's'];
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`;
}

export const formatBytes = (bytes: number): string =>
  bytes < 1024 * MIB ? `${Math.round(bytes / MIB)} MiB` : `${(bytes / 1024 / MIB).toFixed(2)} GiB`;

export const formatRatio = (ratio: number): string => `${ratio.toFixed(2)}x`;

export const formatPercent = (share: number): string => `${Math.round(100 * share)} %`;

/** A Markdown table that is also aligned for the eye: the first column to the left, the others to the right. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  for (const row of rows) {
    if (row.length !== headings.length) {
      throw new Error(
        `a row has ${row.length} cells, the table ${headings.length} columns: ${row.join(' | ')}`,
      );
    }
  }
  const widths = headings.map((heading, i) =>
    Math.max(3, heading.length, ...rows.map((row) => row[i].length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((w, i) => (i ? `${'-'.repeat(w + 1)}:` : `${'-'.repeat(w + 2)}`)).join('|')}|`;
  return [line(headings), rule, ...rows.map(line)].join('\n');
}
