// `drnas genotype`: conversion, counts, and what it refuses.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../src/root.js';
import { formatGenotype, parseGenotype } from '../../src/spaces/darts/genotype.js';
import { formatArchitecture } from '../../src/spaces/nasbench201/architecture.js';
import { architectureAt } from '../../src/spaces/nasbench201/officialOrder.js';

const bin = join(projectRoot(), 'bin', 'drnas.mjs');
const run = (...args: string[]) =>
  execFileSync(process.execPath, [bin, 'genotype', ...args], { encoding: 'utf8' });

describe('drnas genotype', () => {
  it('prints a published genotype as the official Python text, and that text as JSON', () => {
    const text = run('DARTS_V2').trim();
    expect(text).to.equal(formatGenotype(parseGenotype('DARTS_V2')));
    const json = JSON.parse(run(text, '--format', 'json', '--count'));
    expect(json.normal[0]).to.deep.equal(['sep_conv_3x3', 0]);
    // Of the paper's comparison: 3.3 M weights.
    expect(json.cifar.parameters).to.equal(3349342);
  });

  it('counts an architecture of NAS-Bench-201 as the benchmark does', () => {
    const arch = formatArchitecture(architectureAt(0));
    const json = JSON.parse(run(arch, '--format', 'json', '--count'));
    expect(json.arch).to.equal(arch);
    // The benchmark's own record of its architecture 0 on CIFAR-10.
    expect(json.parameters).to.equal(129306);
  });

  it('draws both cells from a file, and does not overwrite them unasked', () => {
    const folder = mkdtempSync(join(tmpdir(), 'drnas-genotype-'));
    const file = join(folder, 'found.txt');
    writeFileSync(file, `${formatGenotype(parseGenotype('DrNAS_cifar10'))}\n`);
    const prefix = join(folder, 'cell');
    run(file, '--draw', prefix);
    expect(readdirSync(folder).sort()).to.deep.equal([
      ...['cell-normal.png', 'cell-normal.svg', 'cell-reduce.png', 'cell-reduce.svg', 'found.txt'],
    ]);
    expect(readFileSync(`${prefix}-reduce.svg`, 'utf8')).to.contain('>reduction cell<');
    const { status, stderr } = spawnSync(process.execPath, [bin, 'genotype', file, '--draw', prefix], {
      encoding: 'utf8',
    });
    expect(status).to.equal(1);
    expect(stderr).to.contain('--force');
    rmSync(folder, { recursive: true });
  });

  it('refuses an operation that does not exist, by name', () => {
    const text = formatGenotype(parseGenotype('DARTS_V2')).replace('dil_conv_3x3', 'dil_conv_9x9');
    const { status, stderr } = spawnSync(process.execPath, [bin, 'genotype', text], { encoding: 'utf8' });
    expect(status).to.equal(1);
    expect(stderr).to.contain('dil_conv_9x9');
  });

  it('says what to give where nothing is given', () => {
    const { status, stderr } = spawnSync(process.execPath, [bin, 'genotype'], { encoding: 'utf8' });
    expect(status).to.equal(1);
    expect(stderr).to.contain('--list');
  });
});
