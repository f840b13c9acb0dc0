/**
 * @file Which functions a change of one file touched, before and after: both versions are parsed, functions are matched
 * by signature, then by name, then by order, and the innermost function that holds a whole change is taken, so that a
 * callback inside a 2,000-line wrapper is not reported as the wrapper (ours). Functions only added or only removed have
 * no counterpart and are not reported.
 */
import { type FunctionSyntax, functionsIn } from '../../code/functions.ts';
import { loadGrammar, withSyntax } from '../../code/syntax-tree.ts';
import type { Language } from '../../data/vulnerable-function.ts';

export interface FunctionChange {
  readonly name: string;
  /** 1-based line in the old file. */
  readonly line: number;
  readonly before: string;
  readonly after: string;
}

/** Languages whose functions this project can find in a file. */
export const EXTRACTED: ReadonlySet<Language> = new Set([
  'c',
  'cpp',
  'python',
  'javascript',
  'typescript',
  'java',
  'go',
]);

interface Nested {
  readonly syntax: FunctionSyntax;
  readonly text: string;
  /** The text with its inner functions cut out. */
  readonly shell: string;
  readonly inner: readonly Nested[];
}

/** In the order of the old file. */
export async function functionChanges(
  language: Language,
  before: string,
  after: string,
): Promise<FunctionChange[]> {
  await loadGrammar(language);
  const changes: FunctionChange[] = [];
  compare(nestedFunctions(language, before), nestedFunctions(language, after), before, changes);
  return changes;
}

/** The functions of a text, innermost last. */
export async function functionsOfText(language: Language, code: string): Promise<FunctionSyntax[]> {
  await loadGrammar(language);
  return withSyntax(language, code, functionsIn);
}

function nestedFunctions(language: Language, code: string): Nested[] {
  const found = withSyntax(language, code, functionsIn);
  let at = 0;
  const collect = (until: number): Nested[] => {
    const list: Nested[] = [];
    while (at < found.length && found[at]!.start < until) {
      const syntax = found[at++]!;
      const inner = collect(syntax.end);
      const start = withDecorators(language, code, syntax.start);
      let shell = '';
      let from = start;
      for (const child of inner) {
        shell += `${code.slice(from, child.syntax.start)}\u0000`;
        from = child.syntax.end;
      }
      shell += code.slice(from, syntax.end);
      list.push({ syntax, text: code.slice(start, syntax.end), shell, inner });
    }
    return list;
  };
  return collect(Number.POSITIVE_INFINITY);
}

/** A Python function starts where its line starts, so that its indentation can be read off. */
function withDecorators(language: Language, code: string, start: number): number {
  if (language !== 'python') return start;
  const lineStart = code.lastIndexOf('\n', start - 1) + 1;
  return /^[ \t]*$/.test(code.slice(lineStart, start)) ? lineStart : start;
}

function compare(
  before: readonly Nested[],
  after: readonly Nested[],
  text: string,
  changes: FunctionChange[],
): void {
  for (const [old, now] of matched(before, after)) {
    if (old.text === now.text) continue;
    if (old.shell === now.shell && old.inner.length === now.inner.length) {
      compare(old.inner, now.inner, text, changes);
      continue;
    }
    changes.push({
      name: old.syntax.name,
      line: text.slice(0, old.syntax.start).split('\n').length,
      before: old.text,
      after: now.text,
    });
  }
}

/** Pairs of counterparts, in the order of `before`. */
function matched(before: readonly Nested[], after: readonly Nested[]): [Nested, Nested][] {
  const partner = new Map<Nested, Nested>();
  const free = new Set(after);
  const keys: ((item: Nested) => string)[] = [
    (item) => item.text,
    (item) => item.syntax.signature,
    (item) => item.syntax.name,
  ];
  for (const key of keys) {
    const waiting = new Map<string, Nested[]>();
    for (const item of free) waiting.set(key(item), [...(waiting.get(key(item)) ?? []), item]);
    for (const item of before) {
      if (partner.has(item)) continue;
      const other = waiting.get(key(item))?.shift();
      if (other === undefined) continue;
      partner.set(item, other);
      free.delete(other);
    }
  }
  return before.flatMap((item): [Nested, Nested][] => {
    const other = partner.get(item);
    return other === undefined ? [] : [[item, other]];
  });
}
