/**
 * @file A JavaScript program as rewrite rules see it: its tree, what names stand for, where statements begin, and a list of
 * text edits. Edits never overlap: a rule that would touch what another one touched is not applied.
 */
import { walkSyntax, type SyntaxNode, type SyntaxTree } from '../../../../code/syntax-tree.ts';

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Program {
  readonly code: string;
  readonly root: SyntaxNode;
  /** Nodes of the given types in source order. */
  all(...types: readonly string[]): SyntaxNode[];
  /** The declarator `name = value` that binds the identifier, when there is exactly one and it is never assigned again. */
  declaratorOf(identifier: SyntaxNode): SyntaxNode | undefined;
  /** The local name a module is bound to: `path` for `const path = require('path')`. */
  moduleName(module: string): string | undefined;
  /** Whether any identifier of this name occurs. */
  uses(name: string): boolean;
}

export function openProgram(tree: SyntaxTree): Program {
  const byType = new Map<string, SyntaxNode[]>();
  walkSyntax(tree.root, (node) => {
    if (!node.isNamed) return;
    const list = byType.get(node.type);
    if (list === undefined) byType.set(node.type, [node]);
    else list.push(node);
  });
  const all = (...types: readonly string[]): SyntaxNode[] =>
    types.length === 1
      ? (byType.get(types[0]!) ?? [])
      : types
          .flatMap((type) => byType.get(type) ?? [])
          .sort((a, b) => a.startIndex - b.startIndex || b.endIndex - a.endIndex);
  return {
    code: tree.code,
    root: tree.root,
    all,
    declaratorOf(identifier) {
      if (identifier.type !== 'identifier') return undefined;
      const name = identifier.text;
      const found = all('variable_declarator').filter(
        (declarator) =>
          declarator.childForFieldName('name')?.text === name &&
          enclosingFunction(declarator)?.id === enclosingFunction(identifier)?.id,
      );
      const assigned = all('assignment_expression', 'augmented_assignment_expression').some(
        (assignment) => assignment.childForFieldName('left')?.text === name,
      );
      return found.length === 1 && !assigned ? found[0] : undefined;
    },
    moduleName(module) {
      for (const declarator of all('variable_declarator')) {
        const value = declarator.childForFieldName('value');
        const name = declarator.childForFieldName('name');
        if (name?.type !== 'identifier' || value === null) continue;
        if (requiredModule(value) === module) return name.text;
      }
      for (const statement of all('import_statement')) {
        const source = statement.childForFieldName('source')?.text.slice(1, -1);
        const namespace = /import\s+(?:\*\s+as\s+)?(\w+)\s+from/.exec(statement.text)?.[1];
        if (source?.replace(/^node:/, '') === module && namespace !== undefined) return namespace;
      }
      return undefined;
    },
    uses: (name) =>
      all('identifier', 'shorthand_property_identifier').some((id) => id.text === name),
  };
}

/** "child_process" for `require('child_process')` or `require('node:child_process')`. */
export function requiredModule(value: SyntaxNode): string | undefined {
  if (value.type !== 'call_expression' || value.childForFieldName('function')?.text !== 'require')
    return undefined;
  const argument = argumentsOf(value)[0];
  return argument?.type === 'string' ? argument.text.slice(1, -1).replace(/^node:/, '') : undefined;
}

export const argumentsOf = (call: SyntaxNode): SyntaxNode[] =>
  (call.childForFieldName('arguments')?.namedChildren ?? []).filter(
    (node): node is SyntaxNode => node !== null && node.type !== 'comment',
  );

const FUNCTIONS = new Set([
  'function_declaration',
  'function_expression',
  'arrow_function',
  'method_definition',
  'generator_function',
  'generator_function_declaration',
]);

export function enclosingFunction(node: SyntaxNode): SyntaxNode | undefined {
  for (let at = node.parent; at !== null; at = at.parent) if (FUNCTIONS.has(at.type)) return at;
  return undefined;
}

/** The statement that holds the node and stands in a block; undefined inside e.g. an arrow's expression body. */
export function enclosingStatement(node: SyntaxNode): SyntaxNode | undefined {
  for (let at: SyntaxNode | null = node; at !== null; at = at.parent) {
    const parent: SyntaxNode | null = at.parent;
    if (parent === null) return undefined;
    if (parent.type === 'statement_block' || parent.type === 'program') return at;
    if (FUNCTIONS.has(at.type)) return undefined;
  }
  return undefined;
}

/** The white space in front of a node on its line. */
export function indentOf(code: string, at: number): string {
  const lineStart = code.lastIndexOf('\n', at - 1) + 1;
  return /^[ \t]*/.exec(code.slice(lineStart, at))![0];
}

/** A name that the program does not use yet. */
export function freshName(program: Program, ...wishes: readonly string[]): string {
  for (const wish of wishes) if (!program.uses(wish)) return wish;
  for (let i = 2; ; i++) if (!program.uses(`${wishes[0]}${i}`)) return `${wishes[0]}${i}`;
}

/** Applies edits that do not overlap; undefined when two of them do. */
export function applyEdits(code: string, edits: readonly Edit[]): string | undefined {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  let out = '';
  let at = 0;
  for (const edit of sorted) {
    if (edit.start < at) return undefined;
    out += code.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return out + code.slice(at);
}
