// The types of questions: the compiler accepts those that can be answered and rejects each of those that can't.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { projectRoot } from '../../src/root.js';

const FIXTURE = join(projectRoot(), 'test/benchmarks/questions.ts');

describe('the types of questions', function () {
  this.timeout(120_000);

  it('reject every wrong combination of data set, set, epochs and seed', () => {
    const text = readFileSync(FIXTURE, 'utf8');
    const expected = text.match(/@ts-expect-error/g)!.length;
    expect(expected).to.be.at.least(15);
    const options: ts.CompilerOptions = {
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts'],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
      typeRoots: [],
    };
    const errors = (source: string) => {
      const host = ts.createCompilerHost(options);
      const read = host.getSourceFile.bind(host);
      host.getSourceFile = (name, ...rest) =>
        name === FIXTURE ? ts.createSourceFile(name, source, rest[0]) : read(name, ...rest);
      const program = ts.createProgram([FIXTURE], options, host);
      const file = program.getSourceFile(FIXTURE)!;
      return program
        .getSemanticDiagnostics(file)
        .map((d) => file.getLineAndCharacterOfPosition(d.start!).line);
    };
    // With the marks, an error that doesn't come is one; without them, each line after a mark has to have one.
    expect(errors(text)).to.deep.equal([]);
    const unmarked = errors(text.replaceAll('@ts-expect-error', 'here'));
    expect(new Set(unmarked).size).to.equal(expected);
  });
});
