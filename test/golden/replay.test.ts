// The reference implementation's recorded numbers, replayed on every backend.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { replayDartsCell } from '../../src/golden/dartsCell.js';
import { type GoldenTensor, readGolden } from '../../src/golden/file.js';
import { replayGolden } from '../../src/golden/replay.js';
import { projectRoot } from '../../src/root.js';
import { OPERATIONS_WITH_NONE } from '../../src/spaces/darts/operations.js';
import { onEveryBackend } from '../tensor/backends.js';

const folder = join(projectRoot(), 'test', 'golden');
const files = readdirSync(folder).filter((name) => name.endsWith('.json.gz'));

onEveryBackend('golden files', (backend) => {
  for (const name of files) {
    // Trajectories take 5 s and more in plain JavaScript and, in the DARTS space, op by op: one of them is enough there.
    if (backend === 'cpu' && /search_k1_kl|progressive/.test(name)) continue;
    if (backend === 'wasm' && name.startsWith('darts_progressive')) continue;
    it(`${name} is replayed within its tolerances`, () => {
      const { errors, pass } = replayGolden(join(folder, name));
      expect(pass, JSON.stringify(errors)).to.equal(true);
      expect(Object.keys(errors).length).to.be.at.least(6);
    });
  }
});

describe('golden replay', () => {
  it('fails on a file whose recorded numbers differ', () => {
    const temporary = mkdtempSync(join(tmpdir(), 'drnas-golden-'));
    const json = readGolden(join(folder, 'dirichlet.json.gz')) as { klToUniform: { kl: number }[] };
    json.klToUniform[0].kl *= 1.001;
    const path = join(temporary, 'altered.json.gz');
    writeFileSync(path, gzipSync(JSON.stringify(json)));
    const { errors, pass } = replayGolden(path);
    expect(pass).to.equal(false);
    expect(errors['klToUniform.kl'].error).to.be.closeTo(1e-3, 1e-5);
    rmSync(temporary, { recursive: true });
  });

  it('replays a DARTS cell of eight operations', () => {
    // `none` adds nothing: the recorded cell of seven with it in front, its column of theta and that column's gradient 0.
    const json = readGolden(join(folder, 'darts_cell_C8_k4_reduce.json.gz')) as Record<string, GoldenTensor>;
    const renumbered = (recorded: object) =>
      Object.fromEntries(
        Object.entries(recorded).map(([name, tensor]) => [
          name.replace(/(\._ops\.)(\d)/, (_, at, column) => `${at}${Number(column) + 1}`),
          tensor,
        ]),
      );
    const widened = ({ data }: GoldenTensor) => ({
      shape: [14, 8],
      data: Array.from({ length: 14 }, (_, edge) => [0, ...data.slice(7 * edge, 7 * edge + 7)]).flat(),
    });
    const { params, buffersBefore, gradParams, buffersAfter, theta, gradTheta } = json;
    const eight = {
      ...json,
      ops: OPERATIONS_WITH_NONE,
      theta: widened(theta),
      gradTheta: widened(gradTheta),
      params: renumbered(params),
      buffersBefore: renumbered(buffersBefore),
      gradParams: renumbered(gradParams),
      buffersAfter: renumbered(buffersAfter),
    };
    const errors = replayDartsCell(eight);
    expect(Object.keys(errors)).to.include.members(['y', 'gradTheta', 'gradParams', 'buffers.running_var']);
    for (const [name, { error, tolerance }] of Object.entries(errors))
      expect(error, name).to.be.at.most(tolerance!);
  });

  it('names a format that it does not know', () => {
    const temporary = mkdtempSync(join(tmpdir(), 'drnas-golden-'));
    const path = join(temporary, 'other.json');
    writeFileSync(path, '{"something": 1}');
    expect(() => replayGolden(path)).to.throw(/something/);
    rmSync(temporary, { recursive: true });
  });
});
