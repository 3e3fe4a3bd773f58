// `drnas genotype`: conversion, counts, and what it refuses.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../src/root.js';
import { formatGenotype, parseGenotype } from '../../src/spaces/darts/genotype.js';

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
