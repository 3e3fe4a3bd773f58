// npm run golden -- FILE…: replays golden files and prints the largest relative error of each quantity as JSON.
import { parseArgs } from 'node:util';
import { chooseBackend } from '../src/backend/choose.js';
import { replayGolden } from '../src/golden/replay.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { backend: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help || positionals.length === 0) {
  console.error(
    'usage: npm run golden -- [--backend auto|native|wasm|stock-wasm|cpu|tensorflow] FILE…\nexit status 0: all within tolerance; 1: not; 2: a file could not be replayed',
  );
  process.exit(values.help ? 0 : 2);
}
try {
  const backend = await chooseBackend({
    prefer: (values.backend ?? 'auto') as 'auto',
    log: (line) => console.error(line),
  });
  const replays = positionals.map(replayGolden);
  console.log(JSON.stringify({ backend: backend.name, replays }, null, 2));
  process.exitCode = replays.every((r) => r.pass) ? 0 : 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
