// Converts between a notebook and a script that is easy to review; `node scripts/notebook-source.mjs` says how.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./notebook/source.ts');
process.exitCode = main(process.argv.slice(2));
