// Turns what tslab reports about a failed cell into the ename, evalue and traceback of a Jupyter error.
const { inspect } = require('node:util');

/** The first of tslab's arguments for a diagnostic of the compiler: file, line, column and text follow. */
const DIAGNOSTIC = '%s%d:%d - %s';

/** Stack frames of the kernel and of Node, which say nothing about the reader's code. */
const INNER_FRAME = /^\s+at .*(node_modules[\\/]tslab[\\/]|jupyter[\\/]tslab|node:)/;

/** What the executor throws when the cell is interrupted, while it runs and while it waits. */
const INTERRUPTED = ['Script execution was interrupted by `SIGINT`', 'Interrupted asynchronously'];

/** The stack without the kernel's own frames; the cell's are called so, as their line numbers are not the reader's. */
function readableStack(text) {
  const lines = text
    .replace(
      /^evalmachine\.<anonymous>:\d+\n(.*)\n\s*\^+\n+/,
      (_, source) => `> ${source.replaceAll('exports.', '').trim()}\n`,
    )
    .split('\n')
    .filter((line) => !INNER_FRAME.test(line))
    .map((line) => line.replace(/evalmachine\.<anonymous>:\d+:\d+/, '<cell>'));
  return lines.filter((line, i) => line !== lines[i - 1]);
}

/** A thrown value of any kind. */
function describeError(reason) {
  const isError = reason !== null && typeof reason === 'object' && 'stack' in reason && 'message' in reason;
  if (!isError) {
    const evalue = inspect(reason);
    return { ename: 'Thrown', evalue, traceback: [`Thrown: ${evalue}`] };
  }
  const evalue = String(reason.message);
  if (INTERRUPTED.includes(evalue)) {
    return {
      ename: 'Interrupted',
      evalue: 'the cell was interrupted',
      traceback: ['Interrupted: the cell was interrupted'],
    };
  }
  return { ename: String(reason.name ?? 'Error'), evalue, traceback: readableStack(inspect(reason)) };
}

function describeDiagnostic([, file, line, column, text], code) {
  const source = file ? '' : (code.split('\n')[line - 1] ?? '');
  const pointer = source ? `\n    ${source}\n    ${' '.repeat(column - 1)}^` : '';
  return `${file ? `${file.trim()}, ` : ''}line ${line}, column ${column}: ${text}${pointer}`;
}

/** `failures`: argument lists of tslab's error callback; the diagnostics of a cell come together, a thrown value alone. */
function describeDiagnostics(failures, code) {
  const diagnostics = failures.filter(([head]) => head === DIAGNOSTIC);
  if (diagnostics.length > 0) {
    const lines = diagnostics.map((parts) => describeDiagnostic(parts, code));
    return {
      ename: 'TypeScript',
      evalue: lines[0].split('\n')[0],
      traceback: lines.map((line) => `TypeScript: ${line}`),
    };
  }
  if (failures.length === 0)
    return { ename: 'Error', evalue: 'the cell failed', traceback: ['Error: the cell failed'] };
  const [first, ...others] = failures.map(([reason]) => describeError(reason));
  return {
    ...first,
    traceback: [...first.traceback, ...others.flatMap((other) => ['', ...other.traceback])],
  };
}

module.exports = { describeError, describeDiagnostics };
