// Sets what tslab hard-wires in its use of the TypeScript compiler, by replacing functions of it in the module cache.
const path = require('node:path');

const COMPILER = '@tslab/typescript-for-tslab';
const CELL = '__tslab__.ts';
const OUT = 'outDir'; // tslab's name for a folder that does not exist

const noWatcher = { close() {} };
const inPackages = (file) => /[\\/]node_modules[\\/]/.test(file);

/** Must be called before tslab is loaded. */
function adjustCompiler() {
  const file = require.resolve(COMPILER, { paths: [require.resolve('tslab')] });
  const ts = require(file);
  const finished = new Set(); // texts that are compiled to CommonJS already

  /** A file of src to CommonJS, by itself: the compiler's own emit would first check all of its types, for seconds. */
  function compileImported(source) {
    const { outputText } = ts.transpileModule(source.text, {
      fileName: source.fileName,
      compilerOptions: {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2022,
        esModuleInterop: true,
        isolatedModules: true,
        inlineSourceMap: true, // for the line numbers in stack traces
      },
    });
    finished.add(outputText);
    return outputText;
  }

  function quickEmit(builder) {
    const emit = builder.emit.bind(builder);
    builder.emit = (source, write, ...rest) => {
      const name = source?.fileName ?? '';
      if (!name.endsWith('.ts') || path.basename(name) === CELL) return emit(source, write, ...rest);
      write(
        path.join(OUT, path.relative(process.cwd(), name)).replace(/\.ts$/, '.js'),
        compileImported(source),
      );
      return { emitSkipped: false, diagnostics: [] };
    };
    return builder;
  }

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
      const host = ts.createWatchCompilerHost(files, { ...options, ...ours }, system, ...rest);
      let afterProgramCreate = host.afterProgramCreate;
      Object.defineProperty(host, 'afterProgramCreate', {
        get: () => afterProgramCreate,
        set(callback) {
          afterProgramCreate = (builder) => callback(quickEmit(builder)); // tslab sets this
        },
      });
      return host;
    },
    /** The first file is the cell. Imported files belong to `npm run typecheck`; here only their syntax counts. */
    getPreEmitDiagnosticsOfFiles(program, [cell, ...imported], token) {
      const syntax = imported.flatMap((source) => program.getSyntacticDiagnostics(source, token));
      return [...ts.getPreEmitDiagnosticsOfFiles(program, [cell], token), ...syntax];
    },
    /** tslab sends everything through this once more. */
    transpileModule(text, options) {
      return finished.delete(text) ? { outputText: text } : ts.transpileModule(text, options);
    },
  };
}

module.exports = { adjustCompiler };
