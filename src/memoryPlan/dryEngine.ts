// An engine that computes nothing: it counts the memory that kernels ask for, and asks a real engine how much scratch they need.
import type { Block, Engine } from '../backend/engine.js';
import { alignment } from '../backend/engine.js';

/** Where a kernel's scratch stands in its arguments; 0 there asks for its bytes. Two plans ask always. */
const SCRATCH_AT: Record<string, number> = { SeparableNormalise: 11 };
const WITHOUT_SCRATCH = new Set([
  ...['Binary', 'Unary', 'AddN', 'Fill', 'Copy', 'AvgPool', 'MaxPool', 'RunningStatistics'],
  ...['SoftmaxCrossEntropy', 'DartsCell', 'DartsCellGrad', 'Nb201Cell', 'Nb201CellGrad'],
]);
const PLANS = new Set(['DartsCellPlan', 'Nb201CellPlan']);

/** JavaScript may look at so much of a block; more is never looked at, for a dry run's values mean nothing. */
const READABLE = 1 << 22;

/** Kernels give -1 where they give anything: no wrong label (SoftmaxCrossEntropy), some norm (SgdUpdate). */
const NOTHING = new Float64Array(16).fill(-1);

/** The engine of a dry run; questions about scratch and plans go to `real`, whose threads and instruction set they depend on. */
export function dryEngine(real: Engine): Engine {
  const buffer = new ArrayBuffer(READABLE);
  let next = 2 ** 44; // no real memory lies there
  return {
    kind: real.kind,
    isa: real.isa,
    get threads() {
      return real.threads;
    },
    setThreads: () => {},
    has: (name) => real.has(name),
    call(name, args) {
      const asks = PLANS.has(name) || (!WITHOUT_SCRATCH.has(name) && args[SCRATCH_AT[name] ?? 0] === 0);
      return asks ? real.call(name, args) : NOTHING;
    },
    allocate(bytes): Block {
      const address = next;
      next += Math.ceil(bytes / alignment) * alignment;
      return { address, bytes, buffer, offset: 0, readable: READABLE };
    },
    release: () => {},
  };
}
