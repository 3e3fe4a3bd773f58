// Setup in a small clone with a stand-in for npm: when it installs, and what it says when that fails.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { scratchFolder } from './notebook/make.js';

const SCRIPT = resolve('scripts/setup.mjs');

/** Notes its arguments, then installs the package "tool" or fails as FAKE_NPM tells it. */
const FAKE_NPM = `
  const fs = require('node:fs');
  fs.appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
  if (process.env.FAKE_NPM) {
    console.error(process.env.FAKE_NPM);
    process.exit(1);
  }
  fs.mkdirSync('node_modules/tool', { recursive: true });
`;

describe('setup', () => {
  let clone: string;
  beforeEach(() => {
    clone = scratchFolder();
    mkdirSync(join(clone, 'scripts'));
    cpSync(SCRIPT, join(clone, 'scripts', 'setup.mjs'));
    writeFileSync(join(clone, 'npm-cli.js'), FAKE_NPM);
    lock('1.0.0');
  });
  afterEach(() => rmSync(clone, { recursive: true }));

  const lock = (version: string) =>
    writeFileSync(
      join(clone, 'package-lock.json'),
      JSON.stringify({ packages: { '': {}, 'node_modules/tool': { version } } }),
    );
  const setup = (npmSays = '') =>
    spawnSync(process.execPath, ['scripts/setup.mjs'], {
      cwd: clone,
      encoding: 'utf8',
      env: { ...process.env, npm_execpath: join(clone, 'npm-cli.js'), FAKE_NPM: npmSays },
    });
  const calls = () => {
    const file = join(clone, 'npm-calls');
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  };

  it('installs in a fresh clone and says so, and is silent the next time', () => {
    const first = setup();
    expect(first.status).to.equal(0);
    expect(first.stdout).to.match(/Installing the packages .*\nInstalled the packages in \d+\.\d s\./);
    expect(calls()).to.have.length(1);
    expect(calls()[0]).to.match(/^ci --ignore-scripts/);
    const second = setup();
    expect([second.status, second.stdout, second.stderr]).to.deep.equal([0, '', '']);
    expect(calls()).to.have.length(1);
  });

  it('installs anew when the lock file has changed or the packages are gone', () => {
    setup();
    lock('1.1.0');
    setup();
    expect(calls()).to.have.length(2);
    rmSync(join(clone, 'node_modules'), { recursive: true });
    setup();
    expect(calls()).to.have.length(3);
  });

  it('takes packages as they are that npm ci has installed already', () => {
    mkdirSync(join(clone, 'node_modules'));
    const record = (version: string) =>
      writeFileSync(
        join(clone, 'node_modules', '.package-lock.json'),
        JSON.stringify({ packages: { 'node_modules/tool': { version } } }),
      );
    record('1.0.0');
    expect(setup().stdout).to.equal('');
    expect(calls()).to.deep.equal([]);
    record('0.9.0');
    lock('1.0.1');
    setup();
    expect(calls()).to.have.length(1);
  });

  it('names the cause of a failure, shows what npm said, and tries again the next time', () => {
    const offline = setup('npm error code EAI_AGAIN\nnpm error request to https://registry failed');
    expect(offline.status).to.equal(1);
    expect(offline.stderr).to.contain('setup: The package registry cannot be reached: check the network');
    expect(offline.stderr).to.contain('npm error request to https://registry failed');
    expect(setup('npm error ENOSPC: no space left on device').stderr).to.contain('setup: The disk is full');
    expect(setup().status).to.equal(0);
    expect(calls()).to.have.length(3);
  });

  it('says where npm comes from if there is none', () => {
    const env = { PATH: clone, HOME: clone };
    const { status, stderr } = spawnSync(process.execPath, ['scripts/setup.mjs'], {
      cwd: clone,
      encoding: 'utf8',
      env,
    });
    expect(status).to.equal(1);
    expect(stderr).to.contain('setup: npm was not found: it comes with Node.js');
  });

  it('accepts the versions of Node on which the project works', async () => {
    const { checkNode } = await import(pathToFileURL(SCRIPT).href);
    for (const version of ['20.19.0', '20.20.2', '22.12.0', '24.0.0']) checkNode(version);
    for (const version of ['18.20.8', '20.18.1', '21.7.3', '22.11.0']) {
      expect(() => checkNode(version), version).to.throw(`DrNAS needs Node.js 20.19 or newer`);
    }
  });
});
