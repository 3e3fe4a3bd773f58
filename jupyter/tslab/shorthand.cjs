// Writes `{ seed }` in a cell as `{ seed: seed }`: tslab loses sight of earlier cells' variables in the short form.
const COMPILER = '@tslab/typescript-for-tslab';

/** The cell with every shorthand property spelt out; what cannot be parsed is left for the compiler to complain about. */
function spellOutShorthand(code) {
  if (!code.includes('{')) return code;
  const ts = require(require.resolve(COMPILER, { paths: [require.resolve('tslab')] }));
  const file = ts.createSourceFile('cell.ts', code, ts.ScriptTarget.Latest);
  const ends = [];
  const visit = (node) => {
    if (ts.isShorthandPropertyAssignment(node)) ends.push([node.name.getEnd(), node.name.text]);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return ends.reduceRight((text, [end, name]) => `${text.slice(0, end)}: ${name}${text.slice(end)}`, code);
}

module.exports = { spellOutShorthand };
