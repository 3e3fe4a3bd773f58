// Mends how imported files import: a package by its name is never the file beside, and files may import each other.
const Module = require('node:module');
const path = require('node:path');
const { normalizeJoin } = require('tslab/dist/tspath');

/**
 * tslab takes `arquero`, imported in src/benchmarks/, for src/benchmarks/arquero.ts, and knows a file as loaded only when it
 * has run to its end. So a file named like a package that it imports, or a circle of files, loaded itself until the stack
 * overflowed. Its loader is out of reach; the modules that it makes pass here, and are known by a `require` of their own.
 */
function adjustModules() {
  const running = new Map(); // by file: the modules that have begun to run
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (content, filename, ...rest) {
    if (!Object.hasOwn(this, 'require')) return compile.call(this, content, filename, ...rest);
    const fromTslab = this.require;
    this.require = (id) => {
      if (id === 'tslab') return fromTslab.call(this, id);
      if (!/^\.\.?\//.test(id)) return Module.prototype.require.call(this, id);
      const file = normalizeJoin(path.dirname(filename), path.extname(id) ? id : `${id}.js`);
      return running.get(file)?.exports ?? fromTslab.call(this, id);
    };
    running.set(filename, this);
    try {
      return compile.call(this, content, filename, ...rest);
    } finally {
      running.delete(filename);
    }
  };
}

module.exports = { adjustModules };
