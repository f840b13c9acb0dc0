/**
 * @file Code that can never run or does nothing, so that nothing can be earned by it: statements behind return, throw, break;
 * branches on a literal false; strings standing as statements; C's #if 0; functions that nobody can call. Syntactic (ours):
 * it does not evaluate conditions, and an opaque `if (x !== x)` escapes it.
 */
import { type SyntaxNode, walk } from '../../analyzers/embedded/syntax-node.ts';
import type { Range } from '../../data/offsets.ts';

const LEAVES = /^(?:return|throw|raise|break|continue|goto)_statement$/;
const BLOCKS =
  /^(?:statement_block|compound_statement|block|program|module|translation_unit|switch_case|case_statement|switch_default)$/;
const FUNCTIONS = /^(?:generator_)?function_(?:declaration|definition)$|^method_declaration$/;
const BRANCHES =
  /^(?:if_statement|while_statement|conditional_expression|ternary_expression|elif_clause)$/;

/** UTF-16 ranges, in order of place; they may nest. `required` are the names that somebody outside calls. */
export function deadRanges(root: SyntaxNode, code: string, required: readonly string[]): Range[] {
  const dead: SyntaxNode[] = [];
  walk(root, (node): undefined => {
    if (!node.named) return;
    if (BLOCKS.test(node.type)) dead.push(...behindExit(node, code));
    if (node.type === 'expression_statement' && isOnlyString(node)) dead.push(node);
    if (BRANCHES.test(node.type)) dead.push(...branchNeverTaken(node, code));
    if (/^preproc_(?:if|elif)$/.test(node.type) && textOf(fieldOf(node, 'condition'), code) === '0')
      dead.push(
        ...named(node).filter(
          ({ field, type }) => field !== 'condition' && !/^preproc_el/.test(type),
        ),
      );
  });
  if (required.length > 0) dead.push(...uncalledFunctions(root, code, required));
  return dead.map(({ start, end }) => ({ start, end })).sort((a, b) => a.start - b.start);
}

export const isDead = (dead: readonly Range[], range: Range): boolean =>
  dead.some(({ start, end }) => start <= range.start && range.end <= end);

const named = (node: SyntaxNode): SyntaxNode[] => node.children.filter((child) => child.named);
const fieldOf = (node: SyntaxNode, field: string): SyntaxNode | undefined =>
  node.children.find((child) => child.field === field);
const textOf = (node: SyntaxNode | undefined, code: string): string | undefined =>
  node && code.slice(node.start, node.end);

/** Statements after one that never falls through; declared functions and labels can still be reached. */
function behindExit(block: SyntaxNode, code: string): SyntaxNode[] {
  const behind: SyntaxNode[] = [];
  let left = false;
  for (const child of named(block)) {
    if (/label|case/.test(child.type)) left = false;
    if (left && !FUNCTIONS.test(child.type)) behind.push(child);
    if (neverFallsThrough(child, code)) left = true;
  }
  return behind;
}

function neverFallsThrough(node: SyntaxNode, code: string): boolean {
  if (LEAVES.test(node.type)) return true;
  if (/^(?:statement_block|compound_statement|block|else_clause)$/.test(node.type))
    return named(node).some((child) => neverFallsThrough(child, code));
  if (node.type !== 'if_statement') return false;
  const consequence = fieldOf(node, 'consequence');
  const taken = consequence !== undefined && neverFallsThrough(consequence, code);
  if (literalTruth(textOf(fieldOf(node, 'condition'), code)) === true) return taken;
  const alternative = fieldOf(node, 'alternative');
  return taken && alternative !== undefined && neverFallsThrough(alternative, code);
}

const isOnlyString = (node: SyntaxNode): boolean => {
  const [only, ...more] = named(node);
  return (
    more.length === 0 &&
    /^(?:string|template_string|concatenated_string|string_literal|number|true|false)$/.test(
      only?.type ?? '',
    )
  );
};

function branchNeverTaken(node: SyntaxNode, code: string): SyntaxNode[] {
  const truth = literalTruth(textOf(fieldOf(node, 'condition'), code));
  if (truth === undefined) return [];
  const branch = truth
    ? fieldOf(node, 'alternative')
    : (fieldOf(node, 'consequence') ?? fieldOf(node, 'body'));
  return branch === undefined ? [] : [branch];
}

/** `false`, `(0)`, `!1`, `false && x` are never true; `true`, `1` always. */
function literalTruth(condition: string | undefined): boolean | undefined {
  const text = condition?.replace(/[()\s]/g, '');
  if (text === undefined) return undefined;
  if (/^(?:false|False|0|null|None|NULL|undefined|''|""|!1|!true|notTrue|!!0)$/.test(text))
    return false;
  if (/^(?:false|False|0|null|None)(?:&&|and)/.test(text)) return false;
  if (/^(?:true|True|1|!0|!false|notFalse)$/.test(text)) return true;
  return undefined;
}

/** Functions that are neither asked for nor named anywhere outside themselves. */
function uncalledFunctions(
  root: SyntaxNode,
  code: string,
  required: readonly string[],
): SyntaxNode[] {
  const functions: { name: string; node: SyntaxNode }[] = [];
  const uses = new Map<string, number[]>();
  walk(root, (node): undefined => {
    const holdsFunction =
      FUNCTIONS.test(node.type) ||
      (node.type === 'variable_declarator' && /function/.test(fieldOf(node, 'value')?.type ?? ''));
    if (holdsFunction) {
      const holder = fieldOf(node, 'name') ?? fieldOf(node, 'declarator');
      const name = /^[&*\s]*([\w$]+)/.exec(textOf(holder, code) ?? '')?.[1];
      if (name !== undefined) functions.push({ name, node });
    }
    if (!/identifier/.test(node.type)) return;
    const name = code.slice(node.start, node.end);
    const known = uses.get(name);
    if (known === undefined) uses.set(name, [node.start]);
    else known.push(node.start);
  });
  // A single function is what was asked for, whatever it is called.
  if (functions.length < 2 || !required.some((name) => uses.has(name))) return [];
  return functions
    .filter(
      ({ name, node }) =>
        !required.includes(name) &&
        (uses.get(name) ?? []).every((at) => at >= node.start && at < node.end),
    )
    .map(({ node }) => node);
}
