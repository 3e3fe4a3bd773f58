// The ring of batches in shared memory, and the program of the threads that fill it.

// Places in `control`: two for all, then a record for each slot, with the crops behind it.
export const STOP = 0;
export const SIGNAL = 1;
export const HEAD = 2;
export const [STATE, TICKET, COUNT, SET] = [0, 1, 2, 3];
export const RECORD = 4;
// States of a slot. Only the owner of a state moves a slot out of it; QUEUED belongs to whoever is first.
export const [FREE, QUEUED, TAKEN, DONE] = [0, 1, 2, 3];

/** What each thread runs; `fill` is the source text of fillCrops. */
export const threadProgram = (fill: string) => `
const { control, x, table, sets, shape, slots, stride, floats } = require('node:worker_threads').workerData;
const fill = ${fill};
for (;;) {
  const seen = Atomics.load(control, ${SIGNAL});
  if (Atomics.load(control, ${STOP})) break;
  let oldest = -1;
  for (let slot = 0; slot < slots; slot++) {
    const at = ${HEAD} + slot * stride;
    if (Atomics.load(control, at + ${STATE}) !== ${QUEUED}) continue;
    if (oldest < 0 || control[at + ${TICKET}] - control[oldest + ${TICKET}] < 0) oldest = at;
  }
  if (oldest < 0) {
    Atomics.wait(control, ${SIGNAL}, seen);
    continue;
  }
  if (Atomics.compareExchange(control, oldest + ${STATE}, ${QUEUED}, ${TAKEN}) !== ${QUEUED}) continue;
  const slot = (oldest - ${HEAD}) / stride;
  const crops = control.subarray(oldest + ${RECORD}, oldest + stride);
  fill(x.subarray(slot * floats, (slot + 1) * floats), sets[control[oldest + ${SET}]], table, crops, control[oldest + ${COUNT}], shape);
  Atomics.store(control, oldest + ${STATE}, ${DONE});
  Atomics.notify(control, oldest + ${STATE});
}
`;
