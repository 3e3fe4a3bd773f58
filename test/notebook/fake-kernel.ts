// Stands in for the notebook kernel: collects what the modules of src/notebook send to it.

export interface Sent {
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  transient: { display_id?: string };
  update: boolean;
}

/** Runs `work` as if in a notebook cell and gives the messages that it sent. */
export async function inFakeKernel(work: () => unknown): Promise<Sent[]> {
  const sent: Sent[] = [];
  const lastWriteDisplayData = (message: Omit<Sent, 'update'>, update: boolean) =>
    sent.push({ ...message, update });
  const place = globalThis as { __tslab__?: unknown };
  place.__tslab__ = { require: () => ({ lastWriteDisplayData }) };
  try {
    await work();
  } finally {
    delete place.__tslab__;
  }
  return sent;
}

/** What `work` prints on stdout. */
export async function printed(work: () => unknown): Promise<string> {
  const { write } = process.stdout;
  let text = '';
  process.stdout.write = ((chunk: string) => {
    text += chunk;
    return true;
  }) as typeof write;
  try {
    await work();
  } finally {
    process.stdout.write = write;
  }
  return text;
}
