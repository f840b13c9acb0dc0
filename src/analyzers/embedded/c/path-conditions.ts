/**
 * @file C: what is known to hold where a node is evaluated, from the syntax tree alone: branches it stands in, operands of
 * && and || before it, loops' conditions, earlier branches that left, asserts, clamps (`if (n > N) n = N;`). A comparison is
 * forgotten when one of its names is given another value between it and the node. Ours; a poor man's dominance: no gotos
 * are followed, and a label forgets everything before it.
 */
import { childOf, namedChildren, someNode, type SyntaxNode, walk } from '../syntax-node.ts';
import { type FunctionFacts, ITERATES, leaves } from './facts.ts';
import { compact } from './flow.ts';

export type Operator = '<' | '<=' | '>' | '>=' | '==' | '!=';
/** One comparison that holds. A bare `p` is `p != 0`, with no right side. */
export interface Known {
  readonly left: SyntaxNode;
  readonly operator: Operator;
  readonly right: SyntaxNode | undefined;
}

const NEGATED: Readonly<Record<Operator, Operator>> = {
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  '==': '!=',
  '!=': '==',
};
export const MIRRORED: Readonly<Record<Operator, Operator>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '==': '==',
  '!=': '!=',
};
const isOperator = (text: string): text is Operator => Object.hasOwn(NEGATED, text);
const WRAPPERS = /^(un)?likely$|^__builtin_expect$|^(G_)?(UN)?LIKELY$/;

/** The comparisons that follow from a condition being true, or from its being false. */
export function comparisonsOf(node: SyntaxNode, holds: boolean, facts: FunctionFacts): Known[] {
  switch (node.type) {
    case 'parenthesized_expression':
    case 'condition_clause':
    case 'argument_list': {
      const inner = namedChildren(node).at(-1);
      return inner ? comparisonsOf(inner, holds, facts) : [];
    }
    case 'unary_expression':
      return facts.text(childOf(node, 'operator')) === '!'
        ? comparisonsOf(childOf(node, 'argument')!, !holds, facts)
        : [];
    case 'call_expression':
      if (WRAPPERS.test(facts.text(childOf(node, 'function')))) {
        const first = namedChildren(childOf(node, 'arguments') ?? node)[0];
        return first ? comparisonsOf(first, holds, facts) : [];
      }
      return [{ left: node, operator: holds ? '!=' : '==', right: undefined }];
    case 'binary_expression': {
      const operator = facts.text(childOf(node, 'operator'));
      const left = childOf(node, 'left');
      const right = childOf(node, 'right');
      if (!left || !right) return [];
      if (operator === (holds ? '&&' : '||'))
        return [...comparisonsOf(left, holds, facts), ...comparisonsOf(right, holds, facts)];
      if (!isOperator(operator)) return [];
      const known = holds ? operator : NEGATED[operator];
      return [{ left: assigned(left), operator: known, right: assigned(right) }];
    }
    case 'assignment_expression':
    case 'identifier':
    case 'field_expression':
    case 'subscript_expression':
    case 'pointer_expression':
      return [{ left: assigned(node), operator: holds ? '!=' : '==', right: undefined }];
    default:
      return [];
  }
}
/** `(n = read(…))` compares n. */
function assigned(node: SyntaxNode): SyntaxNode {
  let at = node;
  while (at.type === 'parenthesized_expression') at = namedChildren(at)[0] ?? at;
  if (at === node && at.type !== 'assignment_expression') return node;
  return at.type === 'assignment_expression' ? (childOf(at, 'left') ?? at) : at;
}

const ASSERTING =
  /^(assert|g_assert|av_assert\d|lua_assert|BUG_ON|WARN_ON|\w*ASSERT\w*|\w*CHECK\w*|\w*ENSURE\w*|\w*REQUIRE\w*)$/;
/** What an earlier statement of the same list says about the ones behind it. */
function saidBy(statement: SyntaxNode, facts: FunctionFacts): Known[] {
  if (statement.type === 'if_statement') {
    const condition = childOf(statement, 'condition');
    const then = childOf(statement, 'consequence');
    const otherwise = childOf(statement, 'alternative');
    if (!condition) return [];
    if (leaves(then, facts.text)) return comparisonsOf(condition, false, facts);
    if (otherwise && leaves(otherwise, facts.text)) return comparisonsOf(condition, true, facts);
    return otherwise ? [] : clamped(condition, then, facts);
  }
  if (/^(while|for|do)_statement$/.test(statement.type)) {
    const condition = childOf(statement, 'condition');
    const body = childOf(statement, 'body');
    const ended = !body || !someNode(body, (at) => at.type === 'break_statement');
    return condition && ended ? comparisonsOf(condition, false, facts) : [];
  }
  if (statement.type === 'expression_statement') {
    const call = namedChildren(statement)[0];
    const name = call?.type === 'call_expression' ? facts.text(childOf(call, 'function')) : '';
    if (!call || !ASSERTING.test(name)) return [];
    return namedChildren(childOf(call, 'arguments') ?? call).flatMap((arg) =>
      comparisonsOf(arg, !/^(BUG|WARN)_ON$|_IF_|ERR_RET/.test(name), facts),
    );
  }
  return [];
}
/** `if (n > N) n = N;`: n <= N behind it, whichever way was gone. */
function clamped(
  condition: SyntaxNode,
  then: SyntaxNode | undefined,
  facts: FunctionFacts,
): Known[] {
  const inside = facts.assignments.filter(
    (given) => then && given.node.start >= then.start && given.node.end <= then.end,
  );
  return comparisonsOf(condition, false, facts).filter(
    ({ left, right }) =>
      right !== undefined &&
      inside.some((given) => given.target === compact(left, facts) && given.operator === '='),
  );
}

const LOOP = /^(while|for|do)_statement$|^for_range_loop$/;
/** Everything that holds where `node` is evaluated. What holds before a loop holds inside it if the loop does not change it. */
export function knownAt(node: SyntaxNode, facts: FunctionFacts): Known[] {
  const known: Known[] = [];
  const loops: SyntaxNode[] = [];
  const learn = (comparisons: readonly Known[], from: number): void => {
    for (const one of comparisons) if (!isForgotten(one, from, node, loops, facts)) known.push(one);
  };
  for (let at = node; at.parent && at !== facts.node; at = at.parent) {
    const parent: SyntaxNode = at.parent;
    if (parent.type === 'binary_expression' && at.field === 'right') {
      const operator = facts.text(childOf(parent, 'operator'));
      const left = childOf(parent, 'left');
      if (left && (operator === '&&' || operator === '||'))
        learn(comparisonsOf(left, operator === '&&', facts), left.end);
    } else if (parent.type === 'conditional_expression' || parent.type === 'if_statement') {
      const condition = childOf(parent, 'condition');
      if (condition && (at.field === 'consequence' || at.field === 'alternative'))
        learn(comparisonsOf(condition, at.field === 'consequence', facts), condition.end);
    } else if (LOOP.test(parent.type)) {
      const condition = childOf(parent, 'condition');
      if (condition && at.field === 'body' && parent.type !== 'do_statement')
        learn(comparisonsOf(condition, true, facts), at.start);
      if (at.field !== 'initializer') loops.push(parent);
    } else if (parent.type === 'labeled_statement') {
      return known;
    } else if (/^(compound|case)_statement$/.test(parent.type)) {
      const place = parent.children.indexOf(at);
      for (let index = place - 1; index >= 0; index--) {
        const sibling = parent.children[index]!;
        if (sibling.type === 'labeled_statement') return known;
        learn(saidBy(sibling, facts), sibling.end);
      }
    }
  }
  return known;
}

function isForgotten(
  { left, right }: Known,
  from: number,
  node: SyntaxNode,
  loops: readonly SyntaxNode[],
  facts: FunctionFacts,
): boolean {
  const names = new Set<string>();
  for (const side of [left, right])
    if (side)
      walk(side, (at) => {
        if (/^(identifier|field_expression)$/.test(at.type)) names.add(compact(at, facts));
        return at.type !== 'call_expression' && at.type !== 'sizeof_expression' ? undefined : false;
      });
  for (const name of names)
    for (const at of changes(facts).get(name) ?? [])
      if (
        (at >= from && at < node.start) ||
        loops.some((loop) => at >= loop.start && at <= loop.end && from < loop.start)
      )
        return true;
  return false;
}

const changesOf = new WeakMap<FunctionFacts, ReadonlyMap<string, readonly number[]>>();
/** Name -> the places where it gets another value: assignments, steps, its address handed out. */
export function changes(facts: FunctionFacts): ReadonlyMap<string, readonly number[]> {
  const cached = changesOf.get(facts);
  if (cached) return cached;
  const found = new Map<string, number[]>();
  const add = (name: string, at: number): void => {
    const known = found.get(name);
    if (known) known.push(at);
    else found.set(name, [at]);
  };
  for (const given of facts.assignments) add(given.target, given.node.end);
  for (const step of facts.steps) add(compact(childOf(step, 'argument'), facts), step.end);
  for (const call of facts.calls)
    for (const arg of call.args)
      if (ITERATES.test(call.name)) add(compact(arg, facts), call.node.end);
      else if (arg.type === 'pointer_expression' && arg.children[0]?.type === '&')
        add(compact(childOf(arg, 'argument'), facts), call.node.end);
  changesOf.set(facts, found);
  return found;
}
