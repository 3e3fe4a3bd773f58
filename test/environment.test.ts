// environment.md lists every package with the version that is pinned.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../src/root.js';

const file = (name: string) => readFileSync(join(projectRoot(), name), 'utf8');

describe('environment.md', () => {
  it('lists every dependency with its pinned version and a reason, and no other', () => {
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(file('package.json'));
    const pinned: Record<string, string> = { ...dependencies, ...optionalDependencies, ...devDependencies };
    const rows = [...file('environment.md').matchAll(/^\| `([^`]+)` \| (\d[^ ]*) \| (\S.*) \|$/gm)];
    expect(Object.fromEntries(rows.map(([, name, version]) => [name, version]))).to.deep.equal(pinned);
    for (const version of Object.values(pinned))
      expect(version, 'pinned exactly').to.match(/^\d+\.\d+\.\d+$/);
  });

  it('comes with the packages of the design card', () => {
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(file('package.json'));
    expect({ ...dependencies, ...devDependencies }).to.include.keys(
      'tslab',
      'plotly.js-dist',
      'arquero',
      'mocha',
    );
    expect(optionalDependencies).to.include.keys('@tensorflow/tfjs-node-gpu');
  });
});
