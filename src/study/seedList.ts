// Seeds as text: a range or single ones, each once.

/** `0-4` or `0,3,7` as numbers. Throws on anything else. */
export function parseSeeds(text: string): number[] {
  const range = text.match(/^(\d+)-(\d+)$/);
  const seeds = range
    ? Array.from({ length: Number(range[2]) - Number(range[1]) + 1 }, (_, i) => Number(range[1]) + i)
    : text.split(',').map((seed) => (/^\s*\d+\s*$/.test(seed) ? Number(seed) : Number.NaN));
  if (seeds.length === 0 || seeds.some((s) => !Number.isSafeInteger(s)))
    throw new Error(`${JSON.stringify(text)}: write seeds as 0-4 or 0,3,7`);
  if (new Set(seeds).size !== seeds.length) throw new Error(`${JSON.stringify(text)}: write each seed once`);
  return seeds;
}
