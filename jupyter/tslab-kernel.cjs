// Starts tslab as this project's notebook kernel, with the cures it needs; nothing on disk is patched.
// Usage: node jupyter/tslab-kernel.cjs --config-path CONNECTION_FILE   (Jupyter and scripts/nbrun.mjs do this)
//
// What plain tslab 1.0.22 does, and what is done about it here and in tslab/:
//   runs in the notebook's folder, and imports nothing above it  -> the working directory is the project's root
//   compiles non-strict, ES2022, node10 resolution               -> strict, ES2023, bundler      (tslab/compiler.cjs)
//   a type error in an imported file blocks the cell             -> only the cell is type-checked (tslab/compiler.cjs)
//   checks all of src before it compiles it, for 6 s and more    -> compiles file by file         (tslab/compiler.cjs)
//   stack traces give lines of compiled code                     -> source maps                   (tslab/compiler.cjs)
//   a file named like a package that it imports imports itself   -> names are packages'           (tslab/modules.cjs)
//   files that import each other load until the stack overflows  -> each is loaded once           (tslab/modules.cjs)
//   loses output, and the closing "idle", in floods of messages  -> no queue limit; prints batched (tslab/server.cjs)
//   errors are text on stderr, the reply is empty                -> error messages                (tslab/server.cjs)
//   un-awaited rejected promises leave the cell "ok"             -> the cell fails                (tslab/server.cjs)
const { existsSync } = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');

function refuse(sentence) {
  console.error(sentence);
  process.exit(1);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (!((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22)) {
  refuse(
    `The kernel needs Node.js 20.19 or newer (22.12 or newer in the 22 line); this is ${process.version}.`,
  );
}
if (!existsSync(path.join(root, 'node_modules', 'tslab'))) {
  refuse(`The packages are not installed: run "npm run setup" in ${root}.`);
}
const flag = process.argv.indexOf('--config-path');
if (flag < 0 || !process.argv[flag + 1]) {
  refuse('Usage: node jupyter/tslab-kernel.cjs --config-path CONNECTION_FILE');
}
const configPath = path.resolve(process.argv[flag + 1]);
process.chdir(root);
process.setSourceMapsEnabled(true);

require('./tslab/compiler.cjs').adjustCompiler();
require('./tslab/modules.cjs').adjustModules();
require('./tslab/server.cjs').startServer({ root, configPath });

// Ends with the program that started the kernel, should that be killed before it could send "shutdown".
const parent = process.ppid;
if (Number(process.env.JPY_PARENT_PID) === parent) {
  setInterval(() => process.ppid !== parent && process.exit(1), 2000).unref();
}
