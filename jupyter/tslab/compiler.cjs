// Sets the TypeScript options that tslab hard-wires, by replacing two functions of its compiler in the module cache.
const COMPILER = '@tslab/typescript-for-tslab';

const noWatcher = { close() {} };
const inPackages = (file) => /[\\/]node_modules[\\/]/.test(file);

/** Must be called before tslab is loaded. */
function adjustCompiler() {
  const tslab = require.resolve('tslab');
  const file = require.resolve(COMPILER, { paths: [tslab] });
  const ts = require(file);
  const { createWatchCompilerHost, getPreEmitDiagnosticsOfFiles } = ts;

  require.cache[file].exports = {
    ...ts,
    createWatchCompilerHost(files, options, system, ...rest) {
      // tslab sets up a file watcher for each of about 1900 files of packages, which do not change.
      const { watchFile, watchDirectory } = system;
      system.watchFile = (name, ...more) => (inPackages(name) ? noWatcher : watchFile(name, ...more));
      system.watchDirectory = (name, ...more) =>
        inPackages(`${name}/`) ? noWatcher : watchDirectory(name, ...more);
      const ours = {
        strict: true,
        lib: ['lib.es2023.d.ts'],
        moduleResolution: ts.ModuleResolutionKind.Bundler,
        types: ['node'],
      };
      return createWatchCompilerHost(files, { ...options, ...ours }, system, ...rest);
    },
    /** The first file is the cell. Imported files belong to `npm run typecheck`; here only their syntax counts. */
    getPreEmitDiagnosticsOfFiles(program, [cell, ...imported], token) {
      const syntax = imported.flatMap((source) => program.getSyntacticDiagnostics(source, token));
      return [...getPreEmitDiagnosticsOfFiles(program, [cell], token), ...syntax];
    },
  };
}

module.exports = { adjustCompiler };
