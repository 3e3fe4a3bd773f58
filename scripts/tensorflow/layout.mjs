// Lays a Python TensorFlow's libraries and headers out as the binding of tfjs-node expects them: deps/lib and deps/include.
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Links, not copies: a library has up to a gigabyte. Those to what lies in `movable` are relative, since that folder moves
 * to its place at the end. `nvidia` lies one level up from the libraries, where those look for CUDA.
 */
export function layOut({ libraries, headers, nvidia }, folder, movable) {
  const deps = join(folder, 'deps');
  mkdirSync(join(deps, 'lib'), { recursive: true });
  const link = (target, name) => {
    const at = join(deps, name);
    const inside = !relative(movable, target).startsWith('..');
    symlinkSync(inside ? relative(dirname(at), target) : target, at);
  };
  // By the name that the linker is given, and by the name that the library calls itself.
  for (const name of ['libtensorflow.so', 'libtensorflow.so.2', 'libtensorflow_cc.so.2'])
    link(libraries.tensorflow, join('lib', name));
  for (const name of ['libtensorflow_framework.so', 'libtensorflow_framework.so.2'])
    link(libraries.framework, join('lib', name));
  link(headers, 'include');
  if (nvidia) link(nvidia, 'nvidia');
}
