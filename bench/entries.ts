// Who takes part in the bench: our engines, and each PyTorch in each form, as commands to start.
import { join } from 'node:path';
import type { Command } from './contestant.js';
import type { Torch } from './torch.js';
import type { Workload } from './workloads.js';

export interface Entry {
  name: string;
  ours: boolean;
  /** Of PyTorch. */
  form?: Form;
  /** Absent: in every workload. */
  takesPart?: (workload: Workload) => boolean;
  command: (workload: Workload) => Command;
}

/** What our loops compute on; "tensorflow-composed" leaves out TensorFlow's own operations: all out of tfjs's kernels. */
export const engines = ['native', 'wasm', 'tensorflow', 'tensorflow-composed'] as const;
export type Engine = (typeof engines)[number];

/** One of our engines, in a Node of its own. */
export function ourEntry(root: string, engine: Engine, threads: number): Entry {
  const script = join(root, 'bench', 'ours.ts');
  const args = (workload: Workload) => [
    '--import',
    'tsx',
    script,
    engine,
    String(threads),
    JSON.stringify(workload),
  ];
  return {
    name: engine,
    ours: true,
    command: (workload) => ({ file: process.execPath, args: args(workload), cwd: root }),
  };
}

/** How the PyTorch side is written; "nhwc" keeps images in channels-last memory, which some operations prefer. */
export const forms = ['plain', 'rewritten', 'plain-nhwc', 'rewritten-nhwc'] as const;
export type Form = (typeof forms)[number];

/** The forms that are timed where none is named: the usual one, and what makes PyTorch faster on that task. */
const usualForms: Record<Workload['task'], readonly Form[]> = {
  nasbench201: ['plain', 'rewritten'],
  darts: ['plain', 'rewritten'],
  network: ['plain', 'plain-nhwc'],
};

/** Whether a workload is written in a form (nothing of a stand-alone network is left to rewrite) and it is wanted. */
const wanted = (form: Form, named: readonly Form[] | undefined, { task }: Workload) =>
  (task !== 'network' || !form.startsWith('rewritten')) && (named ?? usualForms[task]).includes(form);

/** One PyTorch in one form. */
export function torchEntry(
  root: string,
  torch: Torch,
  form: Form,
  { threads, forms: named }: { threads: number; forms?: readonly Form[] },
): Entry {
  const script = join(root, 'bench', 'pytorch', 'contestant.py');
  const args = ({ task, channels, cells, k, imageSize, batch }: Workload) => {
    const sizes = { channels, cells, k, size: imageSize, batch, threads };
    const flags = Object.entries(sizes).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const rewritten = form.startsWith('rewritten') ? ['--rewritten'] : [];
    const layout = form.endsWith('nhwc') ? ['--channels-last'] : [];
    return [script, '--task', task, ...flags, ...rewritten, ...layout];
  };
  return {
    name: `PyTorch ${torch.version}, ${form}`,
    ours: false,
    form,
    takesPart: (workload) => wanted(form, named, workload),
    command: (workload) => ({
      file: torch.python,
      args: args(workload),
      cwd: root,
      environment: { PYTHONDONTWRITEBYTECODE: '1' },
    }),
  };
}
