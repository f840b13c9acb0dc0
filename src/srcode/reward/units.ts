/**
 * @file The units of a program (ours): for each function a task asks for, the characters in which its outcome can have been decided: the
 * function itself and, through the names it uses, every import, constant and helper it rests on. One statement may belong to several units.
 * Names are compared as text, without scopes: a local that shadows an import keeps the import in the unit.
 */
import { namedChildren, type SyntaxNode, walk } from '../../analyzers/embedded/syntax-node.ts';
import { KEYWORDS } from '../../code/languages.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import type { Range } from '../../data/offsets.ts';

export interface Unit {
  readonly name: string;
  /** The function's own text; undefined when the program does not define it. */
  readonly own: Range | undefined;
  /** Own text and what it rests on, in order of place. */
  readonly ranges: readonly Range[];
}

export interface ProgramTree {
  readonly language: Language;
  readonly code: string;
  readonly root: SyntaxNode;
}

interface Statement extends Range {
  readonly declares: readonly string[];
  readonly mentions: ReadonlySet<string>;
}

const FUNCTION =
  /^(?:generator_)?function(?:_(?:declaration|definition|expression))?$|^arrow_function$|^method_(?:definition|declaration)$/;
const IMPORT = /^(?:import|preproc_include)|_import_/;
const NAME = /[A-Za-z_$][\w$]*/g;

/** @param names as the task asks for them; a dotted name counts by its last part. @returns [name] */
export function unitsOf(program: ProgramTree, names: readonly string[]): Unit[] {
  const keywords = KEYWORDS[program.language];
  const statements = namedChildren(program.root).flatMap((node) =>
    statementsOf(node, program.code),
  );
  const declaring = new Map<string, Statement[]>();
  for (const statement of statements)
    for (const name of statement.declares)
      if (!keywords.has(name)) declaring.set(name, [...(declaring.get(name) ?? []), statement]);
  return names.map((name) => {
    const own = declaring.get(name.split('.').at(-1)!)?.at(-1);
    if (own === undefined) return { name, own, ranges: [] };
    const reached = new Set([own]);
    for (const statement of reached)
      for (const used of statement.mentions)
        for (const other of declaring.get(used) ?? []) reached.add(other);
    const ranges = [...reached]
      .map(({ start, end }) => ({ start, end }))
      .sort((a, b) => a.start - b.start);
    return { name, own: { start: own.start, end: own.end }, ranges };
  });
}

/** A top-level node as one statement, or as one per function where it holds several (`module.exports = { a() {}, b() {} }`). */
function statementsOf(node: SyntaxNode, code: string): Statement[] {
  const functions = outermostFunctions(node);
  if (functions.length > 1)
    return functions.map(({ at, name }) => statement(holderOf(at, node), [name], code));
  const single = functions[0];
  return [statement(node, single ? [single.name] : declaredBy(node, code), code)];

  function outermostFunctions(within: SyntaxNode): { at: SyntaxNode; name: string }[] {
    const found: { at: SyntaxNode; name: string }[] = [];
    walk(within, (at) => {
      if (!at.named || !FUNCTION.test(at.type)) return undefined;
      const name = functionName(at, code);
      if (name !== '') found.push({ at, name });
      return false;
    });
    return found;
  }
}

const statement = (
  { start, end }: Range,
  declares: readonly string[],
  code: string,
): Statement => ({
  start,
  end,
  declares,
  mentions: new Set(code.slice(start, end).match(NAME)),
});

/** `f: function () {}` belongs to f from its key on. */
const holderOf = (at: SyntaxNode, top: SyntaxNode): SyntaxNode =>
  at.parent !== null &&
  at.parent !== top &&
  /^(?:pair|variable_declarator|assignment_expression)$/.test(at.parent.type)
    ? at.parent
    : at;

function functionName(at: SyntaxNode, code: string): string {
  const last = (node: SyntaxNode): string =>
    code.slice(node.start, node.end).match(NAME)?.at(-1) ?? '';
  const direct = at.children.find(({ field }) => field === 'name');
  if (direct) return last(direct);
  let declarator = at.children.find(({ field }) => field === 'declarator');
  while (declarator) {
    const inner = declarator.children.find(({ field }) => field === 'declarator');
    if (!inner) return last(declarator);
    declarator = inner;
  }
  const holder = at.parent?.children.find(
    ({ field }) => field === 'name' || field === 'key' || field === 'left',
  );
  return holder ? last(holder) : '';
}

/** Names an import binds, or those left of the first `=`; of a C declaration or macro, all of its names. */
function declaredBy(node: SyntaxNode, code: string): string[] {
  const text = code.slice(node.start, node.end);
  if (IMPORT.test(node.type)) return text.match(NAME) ?? [];
  const bound = /(?<![=!<>])=(?![=>])/.exec(text);
  return (bound ? text.slice(0, bound.index) : text).match(NAME) ?? [];
}
