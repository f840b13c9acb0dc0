/**
 * @file Code that can never run or does nothing, so that nothing can be earned by it: statements behind return, throw, break;
 * branches on a literal false; strings standing as statements; C's #if 0; functions that nobody can call. Syntactic (ours):
 * it does not evaluate conditions, and an opaque `if (x !== x)` escapes it.
 */
import { walkSyntax, type SyntaxNode, type SyntaxTree } from '../../code/syntax-tree.ts';
import type { Range } from '../../data/offsets.ts';

const LEAVES = /^(?:return|throw|raise|break|continue|goto)_statement$/;
const BLOCKS =
  /^(?:statement_block|compound_statement|block|program|module|translation_unit|switch_case|case_statement|switch_default)$/;
const FUNCTIONS = /^(?:generator_)?function_(?:declaration|definition)$|^method_declaration$/;
const BRANCHES =
  /^(?:if_statement|while_statement|conditional_expression|ternary_expression|elif_clause)$/;

/** UTF-16 ranges, in order of place; they may nest. `required` are the names that somebody outside calls. */
export function deadRanges(tree: SyntaxTree, required: readonly string[]): Range[] {
  const dead: Range[] = [];
  const add = (node: SyntaxNode): void => {
    dead.push({ start: node.startIndex, end: node.endIndex });
  };
  walkSyntax(tree.root, (node) => {
    if (!node.isNamed) return true;
    if (BLOCKS.test(node.type)) for (const child of behindExit(node)) add(child);
    if (node.type === 'expression_statement' && isOnlyString(node)) add(node);
    if (BRANCHES.test(node.type)) {
      const branch = branchNeverTaken(node);
      if (branch !== undefined) add(branch);
    }
    if (
      /^preproc_(?:if|elif)$/.test(node.type) &&
      node.childForFieldName('condition')?.text === '0'
    )
      for (const child of node.namedChildren.slice(1))
        if (child !== null && !/^preproc_el/.test(child.type)) add(child);
    return true;
  });
  if (required.length > 0) for (const node of uncalledFunctions(tree, required)) add(node);
  return dead.sort((a, b) => a.start - b.start);
}

export const isDead = (dead: readonly Range[], range: Range): boolean =>
  dead.some(({ start, end }) => start <= range.start && range.end <= end);

/** Statements after one that never falls through; declared functions and labels can still be reached. */
function behindExit(block: SyntaxNode): SyntaxNode[] {
  const behind: SyntaxNode[] = [];
  let left = false;
  for (const child of block.namedChildren) {
    if (child === null || child.type === 'comment') continue;
    if (/label|case/.test(child.type)) left = false;
    if (left && !FUNCTIONS.test(child.type)) behind.push(child);
    if (neverFallsThrough(child)) left = true;
  }
  return behind;
}

function neverFallsThrough(node: SyntaxNode): boolean {
  if (LEAVES.test(node.type)) return true;
  if (/^(?:statement_block|compound_statement|block|else_clause)$/.test(node.type))
    return node.namedChildren.some((child) => child !== null && neverFallsThrough(child));
  if (node.type !== 'if_statement') return false;
  const consequence = node.childForFieldName('consequence');
  const taken = consequence !== null && neverFallsThrough(consequence);
  if (literalTruth(node.childForFieldName('condition')) === true) return taken;
  const alternative = node.childForFieldName('alternative');
  return taken && alternative !== null && neverFallsThrough(alternative);
}

const isOnlyString = (node: SyntaxNode): boolean =>
  node.namedChildCount === 1 &&
  /^(?:string|template_string|concatenated_string|string_literal|number|true|false)$/.test(
    node.namedChild(0)?.type ?? '',
  );

function branchNeverTaken(node: SyntaxNode): SyntaxNode | undefined {
  const condition = node.childForFieldName('condition');
  const truth = literalTruth(condition);
  if (truth === undefined) return undefined;
  const consequence = node.childForFieldName('consequence') ?? node.childForFieldName('body');
  return (truth ? node.childForFieldName('alternative') : consequence) ?? undefined;
}

/** `false`, `(0)`, `!1`, `false && x` are never true; `true`, `1` always. */
function literalTruth(condition: SyntaxNode | null): boolean | undefined {
  const text = condition?.text.replace(/[()\s]/g, '');
  if (text === undefined) return undefined;
  if (/^(?:false|False|0|null|None|NULL|undefined|''|""|!1|!true|notTrue|!!0)$/.test(text))
    return false;
  if (/^(?:false|False|0|null|None)(?:&&|and)/.test(text)) return false;
  if (/^(?:true|True|1|!0|!false|notFalse)$/.test(text)) return true;
  return undefined;
}

/** Functions that are neither asked for nor named anywhere outside themselves. */
function uncalledFunctions(tree: SyntaxTree, required: readonly string[]): SyntaxNode[] {
  const functions: { name: string; node: SyntaxNode }[] = [];
  const uses = new Map<string, number[]>();
  walkSyntax(tree.root, (node) => {
    const named =
      FUNCTIONS.test(node.type) ||
      (node.type === 'variable_declarator' &&
        /function/.test(node.childForFieldName('value')?.type ?? ''));
    if (named) {
      const holder = node.childForFieldName('name') ?? node.childForFieldName('declarator');
      const name = /^[&*\s]*([\w$]+)/.exec(holder?.text ?? '')?.[1];
      if (name !== undefined) functions.push({ name, node });
    }
    if (/identifier$/.test(node.type)) noteUse(uses, node);
  });
  // A single function is what was asked for, whatever it is called.
  if (functions.length < 2 || !required.some((name) => uses.has(name))) return [];
  return functions
    .filter(
      ({ name, node }) =>
        !required.includes(name) &&
        (uses.get(name) ?? []).every((at) => at >= node.startIndex && at < node.endIndex),
    )
    .map(({ node }) => node);
}

function noteUse(uses: Map<string, number[]>, node: SyntaxNode): void {
  const name = node.text;
  const known = uses.get(name);
  if (known === undefined) uses.set(name, [node.startIndex]);
  else known.push(node.startIndex);
}
