// Executes notebooks without a browser and without Python; `node scripts/nbrun.mjs --help` says how.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./notebook/nbrun.ts');
process.exitCode = await main(process.argv.slice(2));
