// Kills real processes at random moments; the interrupted run ends with the bits of the undisturbed one.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { createStream } from '../../src/random/stream.js';
import { projectRoot } from '../../src/root.js';

/** DRNAS_TEST_KILLS raises the number of kills for a thorough run. */
const KILLS = Number(process.env.DRNAS_TEST_KILLS ?? 5);
const SETTINGS = [
  '--scale',
  'smoke',
  '--dataset',
  'procedural',
  '--epochs',
  '12',
  '--steps-per-epoch',
  '8',
  '--quiet',
];

/** Six stages in twelve epochs: boundaries come often enough to be hit. */
const STAGES = ['--progressive', '4:5:2:0,4:4:2:0,2:4:2:0,2:3:2:0,1:3:2:0,1:2:2:0'];

function start(folder: string, ...more: string[]): ChildProcess {
  const command = ['bin/drnas.mjs', 'search', ...SETTINGS, '--out', folder, ...more];
  return spawn(process.execPath, command, { cwd: projectRoot(), stdio: ['ignore', 'ignore', 'pipe'] });
}

function ended(child: ChildProcess): Promise<{ code: number | null; message: string }> {
  let message = '';
  child.stderr?.on('data', (data) => {
    message += data;
  });
  return new Promise((resolve) => child.on('exit', (code) => resolve({ code, message })));
}

const digest = (folder: string) => JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')).alphaSha256;

/** Waits until the run has logged something, or has ended. */
async function underWay(folder: string, child: ChildProcess): Promise<void> {
  const over = () => child.exitCode !== null || child.signalCode !== null;
  while (!over() && !existsSync(join(folder, 'metrics.jsonl'))) await sleep(20);
}

describe('a search process', function () {
  this.timeout(60_000 + KILLS * 20_000);
  let base: string;
  before(() => {
    base = mkdtempSync(join(tmpdir(), 'drnas-kill-'));
  });
  after(() => rmSync(base, { recursive: true, force: true }));

  /** Kills runs of these settings at random moments until there were so many kills; every run must end as the undisturbed one. */
  const killOften = async (name: string, want: string, settings: string[], kills: number) => {
    // A run that ends between two kills is compared, and another one takes its place.
    const moments = createStream(1, 'kill', name);
    let hits = 0;
    for (let run = 0; hits < kills; run++) {
      const folder = join(base, `${name}-${run}`);
      while (!existsSync(join(folder, 'result.json'))) {
        const child = start(folder, '--resume', ...settings);
        const end = ended(child);
        if (hits < kills) {
          await underWay(folder, child);
          await sleep(moments.uniform() * 1200);
          if (child.kill('SIGKILL')) hits++;
        }
        const { code, message } = await end;
        // null: killed; otherwise it must have come to its end.
        if (code !== null) expect(code, message).to.equal(0);
      }
      expect(digest(folder), `run ${run} after ${hits} kills`).to.equal(want);
    }
    expect(hits).to.equal(kills);
  };

  it('ends with equal bits with one thread, with two, and after kills at random moments', async () => {
    const [one, two] = ['one', 'two'].map((name) => join(base, name));
    for (const [folder, threads] of [
      [one, '1'],
      [two, '2'],
    ]) {
      const { code, message } = await ended(start(folder, '--threads', threads));
      expect(code, message).to.equal(0);
    }
    expect(digest(two)).to.equal(digest(one));
    await killOften('killed', digest(one), [], KILLS);
  });

  it('ends with equal bits after kills in any of six stages', async () => {
    const whole = join(base, 'stages');
    const { code, message } = await ended(start(whole, ...STAGES));
    expect(code, message).to.equal(0);
    await killOften('stages-killed', digest(whole), STAGES, Math.ceil(KILLS / 2));
  });

  it('stops politely on SIGINT with a sentence on how to go on', async () => {
    const folder = join(base, 'polite');
    const child = start(folder, '--set', 'epochs=2000');
    const end = ended(child);
    await underWay(folder, child);
    await sleep(200);
    child.kill('SIGINT');
    const { code, message } = await end;
    expect(code).to.equal(130);
    expect(message).to.match(/interrupted; continue with --resume --out/);
    expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')).status).to.equal('interrupted');
  });
});
