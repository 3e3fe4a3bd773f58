// What the opcodes of a pickle work on: a stack with marks, a memo, and the few things that may be done with their values.
import type { PickleOptions } from './options.js';
import { type Global, SET_STATE } from './values.js';

const STACK_LIMIT = 1 << 22; // values and marks at a time; Python writes at most 1000 of a container at once
const MEMO_LIMIT = 1 << 23;

/** An empty machine. `fail` makes the error for the opcode that is under way. */
export function pickleMachine(
  { allow, onItems, kept }: Pick<PickleOptions, 'allow' | 'onItems' | 'kept'>,
  fail: (problem: string) => Error,
) {
  const stack: unknown[] = [];
  const marks: number[] = [];
  const memo = new Map<number, unknown>();
  let memoized = 0;

  const floor = () => (marks.length > 0 ? marks[marks.length - 1] : 0);
  const pop = (): unknown => {
    if (stack.length <= floor())
      throw fail('the stack is empty where a value is needed: the pickle is malformed');
    return stack.pop();
  };
  const top = (): unknown => {
    if (stack.length <= floor())
      throw fail('the stack is empty where a value is needed: the pickle is malformed');
    return stack[stack.length - 1];
  };
  const push = (value: unknown) => {
    if (stack.length >= STACK_LIMIT)
      throw fail(`more than ${STACK_LIMIT} values wait at once: no official file does that`);
    stack.push(value);
  };
  const toMark = (): unknown[] => {
    const mark = marks.pop();
    if (mark === undefined) throw fail('a mark is missing: the pickle is malformed');
    return stack.splice(mark);
  };
  const put = (id: number) => {
    memoized++;
    if (kept && !kept(id)) return;
    if (memo.size >= MEMO_LIMIT)
      throw fail(`more than ${MEMO_LIMIT} values are kept: no official file needs that`);
    memo.set(id, top());
  };
  const get = (id: number) => {
    if (!memo.has(id)) throw fail(`memo number ${id} was never stored: the pickle is malformed`);
    push(memo.get(id));
  };
  const global = (module: string, member: string) => {
    const full = `${module}.${member}`;
    if (!Object.hasOwn(allow, full)) {
      throw fail(
        `the file asks for ${JSON.stringify(full.length > 80 ? `${full.slice(0, 80)}…` : full)}, which is not data: refused, nothing was executed`,
      );
    }
    const made: Global = { global: full, construct: allow[full] ?? undefined };
    push(made);
  };
  const call = () => {
    const args = pop();
    const callee = pop() as Global | null;
    if (!Array.isArray(args)) throw fail('arguments that are no tuple: the pickle is malformed');
    if (typeof callee !== 'object' || callee === null || !('global' in callee)) {
      throw fail('something that is no name is to be called: refused');
    }
    if (callee.construct === undefined)
      throw fail(`${callee.global} may be mentioned but not called: refused`);
    try {
      push(callee.construct(args));
    } catch (cause) {
      throw fail(`${callee.global}: ${(cause as Error).message}`);
    }
  };
  const keyOf = (key: unknown): unknown => {
    if (typeof key !== 'object' || key === null || key instanceof Uint8Array) return key;
    if (!Array.isArray(key) || !Object.isFrozen(key))
      throw fail('a dict key that is neither text, number nor tuple');
    return key.map((part) => (typeof part === 'string' || typeof part === 'number' ? part : '?')).join('|');
  };
  const setItems = (items: unknown[]) => {
    const dict = top();
    if (!(dict instanceof Map))
      throw fail('items are put into something that is no dict: the pickle is malformed');
    if (items.length % 2 !== 0) throw fail('a key without a value: the pickle is malformed');
    for (let i = 0; i < items.length; i += 2) dict.set(keyOf(items[i]), items[i + 1]);
    try {
      onItems?.(dict);
    } catch (cause) {
      throw fail((cause as Error).message);
    }
  };
  const append = (items: unknown[]) => {
    const list = top();
    if (!Array.isArray(list) || Object.isFrozen(list)) {
      throw fail('values are appended to something that is no list: the pickle is malformed');
    }
    for (const item of items) list.push(item);
  };
  const tuple = (items: unknown[]) => push(Object.freeze(items));
  const pops = (count: number) => Array.from({ length: count }, pop).reverse();
  const addItems = (items: unknown[]) => {
    const set = top();
    if (!(set instanceof Set))
      throw fail('items are added to something that is no set: the pickle is malformed');
    for (const item of items) set.add(item);
  };
  const build = () => {
    const state = pop();
    const object = top() as { [SET_STATE]?: (state: unknown) => void } | null;
    const take = typeof object === 'object' && object !== null ? object[SET_STATE] : undefined;
    if (take === undefined) throw fail('a state is given to something that takes none: refused');
    try {
      take(state);
    } catch (cause) {
      throw fail((cause as Error).message);
    }
  };
  const mark = () => {
    if (marks.length >= STACK_LIMIT) throw fail('too many marks at once');
    marks.push(stack.length);
  };
  /** POP takes a value, or a mark where that is on top. */
  const popAny = () => {
    if (stack.length <= floor() && marks.length > 0) marks.pop();
    else pop();
  };
  /** The pickle's value, which has to be the only one left. */
  const result = (): unknown => {
    const value = pop();
    if (stack.length > 0 || marks.length > 0)
      throw fail('values are left over at the end: the pickle is malformed');
    return value;
  };
  const memoize = () => put(memoized);
  return {
    addItems,
    append,
    build,
    call,
    get,
    global,
    mark,
    memoize,
    pop,
    popAny,
    pops,
    push,
    put,
    result,
    setItems,
    toMark,
    top,
    tuple,
  };
}
