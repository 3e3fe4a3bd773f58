// Reads the small part of Python in which genotypes are written: calls, lists, tuples, strings, whole numbers.

/** `Name(positional, key=value)`. */
export interface PythonCall {
  call: string;
  positional: PythonValue[];
  named: Record<string, PythonValue>;
}
export type PythonValue = string | number | PythonCall | PythonValue[];

type Token = { kind: 'string' | 'number' | 'name' | 'sign'; text: string; at: number };

// Spaces and comments, each to the end of its line (else a row of # is tried in all its parts); then a string, a whole number, a name, or one of the signs that occur.
const TOKEN = /(?:\s|#[^\n]*(?:\n|$))*(?:('[^'\n]*'|"[^"\n]*")|(-?\d+)|([A-Za-z_]\w*)|([()[\],=]))/y;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (!/^(\s|#[^\n]*(\n|$))*$/.test(text.slice(at))) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`cannot read ${excerpt(text, at)}`);
    const [, string, number, name, sign] = match;
    at = TOKEN.lastIndex;
    if (string !== undefined) found.push({ kind: 'string', text: string.slice(1, -1), at });
    else if (number !== undefined) found.push({ kind: 'number', text: number, at });
    else if (name !== undefined) found.push({ kind: 'name', text: name, at });
    else found.push({ kind: 'sign', text: sign, at });
  }
  return found;
}

const excerpt = (text: string, at: number) => JSON.stringify(text.slice(at).trim().slice(0, 24) || 'the end');

/** The value that `text` writes; `NAME = value`, as in a Python file, gives the value. Throws where it is none, with the place. */
export function readPython(text: string): PythonValue {
  const all = tokens(text);
  let next = 0;
  const peek = (sign: string) => all[next]?.kind === 'sign' && all[next].text === sign;
  const fail = (expected: string): never => {
    throw new Error(`expected ${expected} before ${excerpt(text, all[next - 1]?.at ?? 0)}`);
  };
  const take = (sign: string) => (peek(sign) ? next++ : fail(`"${sign}"`));

  /** What stands between an opening sign and `close`, separated by commas, of which the last may be left over. */
  const series = (close: string, item: () => void) => {
    while (!peek(close)) {
      item();
      if (!peek(close)) take(',');
    }
    take(close);
  };
  const list = (close: string): PythonValue[] => {
    const items: PythonValue[] = [];
    series(close, () => items.push(value()));
    return items;
  };
  const callOf = (call: string): PythonCall => {
    const result: PythonCall = { call, positional: [], named: {} };
    take('(');
    series(')', () => {
      const [key, equals] = [all[next], all[next + 1]];
      if (key?.kind === 'name' && equals?.kind === 'sign' && equals.text === '=') {
        if (Object.hasOwn(result.named, key.text)) throw new Error(`${key.text} is given twice`);
        next += 2;
        result.named[key.text] = value();
      } else result.positional.push(value());
    });
    return result;
  };
  function value(): PythonValue {
    const token = all[next++];
    if (token?.kind === 'string') return token.text;
    if (token?.kind === 'number') return Number(token.text);
    if (token?.kind === 'name') return callOf(token.text);
    if (token?.kind === 'sign' && token.text === '[') return list(']');
    if (token?.kind === 'sign' && token.text === '(') return list(')');
    next--;
    return fail('a list, a tuple, a string or a number');
  }

  if (all[0]?.kind === 'name' && all[1]?.kind === 'sign' && all[1].text === '=') next = 2;
  const result = value();
  if (next < all.length) {
    next++;
    throw new Error(`${JSON.stringify(all[next - 1].text)} stands after the end of the genotype`);
  }
  return result;
}
