// A study as a real Slurm array on a one-node cluster in a temporary folder; skipped where Slurm's daemons are not installed.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { projectRoot } from '../../src/root.js';

const PROGRAMS = ['sbatch', 'squeue', 'scancel', 'slurmctld', 'slurmd', 'munged'];

/** Why no cluster can be had here; undefined where one can. */
function obstacle(): string | undefined {
  const missing = PROGRAMS.filter((name) => spawnSync('which', [name]).status !== 0);
  if (missing.length > 0) return `${missing.join(', ')} not installed (Debian: apt install slurm-wlm)`;
  return process.getuid?.() === 0 ? undefined : "a cluster of one's own needs root";
}

/** Starts munged, slurmctld and slurmd; returns the environment for Slurm's commands and what ends them. */
async function startCluster(folder: string) {
  const node = hostname().split('.')[0];
  const munge = join(folder, 'munge');
  for (const name of [munge, join(folder, 'state'), join(folder, 'spool')]) mkdirSync(name, { mode: 0o700 });
  writeFileSync(join(munge, 'key'), randomBytes(1024), { mode: 0o600 });
  const conf = join(folder, 'slurm.conf');
  writeFileSync(
    conf,
    `ClusterName=drnastest
SlurmctldHost=${node}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CryptoType=crypto/munge
AuthInfo=socket=${munge}/socket
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldPort=26817
SlurmdPort=26818
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
NodeName=${node} NodeAddr=127.0.0.1 CPUs=2 RealMemory=3000 State=UNKNOWN
PartitionName=main Nodes=${node} Default=YES MaxTime=INFINITE State=UP
`,
  );
  const env = { ...process.env, SLURM_CONF: conf };
  const start = (program: string, ...args: string[]) => spawn(program, args, { env, stdio: 'ignore' });
  const daemons = [
    start(
      'munged',
      '--foreground',
      '--force',
      `--key-file=${munge}/key`,
      `--socket=${munge}/socket`,
      `--pid-file=${munge}/pid`,
      `--seed-file=${munge}/seed`,
    ),
  ];
  while (!existsSync(`${munge}/socket`)) await sleep(50);
  daemons.push(start('slurmctld', '-D', '-c'), start('slurmd', '-D', '-N', node));
  const idle = () =>
    spawnSync('sinfo', ['-h', '-o', '%T'], { env, encoding: 'utf8' }).stdout.trim() === 'idle';
  for (let tries = 0; !idle(); tries++) {
    if (tries > 100) throw new Error('the cluster does not come up');
    await sleep(200);
  }
  const stop = async () => {
    for (const daemon of daemons.reverse()) {
      const gone = new Promise((resolve) => daemon.on('exit', resolve));
      if (daemon.exitCode === null && daemon.kill('SIGTERM')) await Promise.race([gone, sleep(3000)]);
    }
  };
  return { env, stop };
}

describe('a study on Slurm', function () {
  this.timeout(180_000);
  let folder: string;
  let cluster: Awaited<ReturnType<typeof startCluster>> | undefined;
  before(async function () {
    const why = obstacle();
    if (why !== undefined) {
      console.log(`      skipped: ${why}`);
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'drnas-slurm-'));
    cluster = await startCluster(folder);
  });
  after(async () => {
    await cluster?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it('runs as an array; a cancelled task is submitted again alone, and goes on', async () => {
    const env = cluster!.env;
    const file = join(folder, 'study.json');
    const base = {
      dataset: 'procedural',
      epochs: 40,
      stepsPerEpoch: 10,
      frozenEpochs: 0,
      evaluationImages: 0,
      bandSamples: 0,
    };
    const study = {
      format: 'drnas-study-1',
      name: 'array',
      scale: 'smoke',
      base,
      seeds: '0-1',
      out: join(folder, 'runs'),
    };
    const resources = { memoryMiB: 700, minutes: 10 };
    writeFileSync(file, JSON.stringify({ ...study, resources }));
    const drnas = (...args: string[]) => {
      const command = [join(projectRoot(), 'bin', 'drnas.mjs'), 'study', ...args];
      const { status, stdout, stderr } = spawnSync(process.execPath, command, { env, encoding: 'utf8' });
      expect(status, stderr).to.equal(0);
      return stdout;
    };
    const states = () =>
      (JSON.parse(drnas('status', file, '--json')) as { state: string }[]).map(({ state }) => state);
    const empty = () => spawnSync('squeue', ['-h'], { env, encoding: 'utf8' }).stdout.trim() === '';
    const emptied = async () => {
      while (!empty()) await sleep(200);
    };

    expect(drnas('run', file, '--executor', 'slurm')).to.match(/submitted 2 jobs as array \d+/);
    expect(drnas('run', file, '--executor', 'slurm')).to.match(/nothing to submit/);
    const metrics = () =>
      (JSON.parse(drnas('status', file, '--json')) as { state: string; epochs: number }[])[1].epochs;
    while (metrics() < 2) await sleep(100);
    // By array and index: the array's number alone is its last task's, too, and means all of them.
    const queue = spawnSync('squeue', ['-h', '-r', '-o', '%F_%K'], { env, encoding: 'utf8' }).stdout.split(
      '\n',
    );
    const task = queue.find((name) => name.endsWith('_1'))!;
    spawnSync('scancel', ['--signal=INT', '--batch', task], { env });
    await emptied();
    expect(states()).to.deep.equal(['finished', 'interrupted']);
    expect(drnas('run', file, '--executor', 'slurm')).to.match(/submitted 1 jobs/);
    await emptied();
    expect(states()).to.deep.equal(['finished', 'finished']);
    const journal = readFileSync(join(folder, 'runs', 'study-array', 'journal.jsonl'), 'utf8');
    const events = journal
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.filter(({ job }) => job.endsWith('seed1')).map(({ event }) => event)).to.deep.equal([
      'started',
      'stopped',
      'started',
      'finished',
    ]);
  });
});
