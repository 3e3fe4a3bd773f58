// Run by real.test.ts in a process of its own: time to load a table, to scan it, and the memory it takes.
import { readTable } from '../../src/benchmarks/tableFile.js';

const [file] = process.argv.slice(2);
const collect = () => {
  global.gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
const before = collect();
const start = performance.now();
const table = readTable(file);
const loaded = performance.now();
// A scan: the best architecture of every column by its accuracy.
const best = table.accuracies.map(({ right, trials, images }) => {
  let top = -1;
  for (let i = 0; i < right.length; i++) {
    if (trials[i] === 0) continue;
    const accuracy = (100 * right[i]) / (images * trials[i]);
    if (accuracy > top) top = accuracy;
  }
  return top;
});
const scanned = performance.now();
const megabytes = (collect() - before) / 2 ** 20;
console.log(
  JSON.stringify({ loadMs: loaded - start, scanMs: scanned - loaded, megabytes, columns: best.length }),
);
