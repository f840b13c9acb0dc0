/**
 * @file What one walk over a C or C++ function gathers for the rules: variables, calls, assignments, conditions, pointer
 * uses, in source order. Order in the text stands for order in time, which is wrong for loops and gotos and right for
 * most code; rules that need more care say so. Macros are taken as the calls they look like.
 */
import { childOf, namedChildren, type SyntaxNode, walk } from '../syntax-node.ts';

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly pointer: boolean;
  readonly parameter: boolean;
  /** Text between the brackets of its first dimension, '' when it has none written. */
  readonly array: string | undefined;
  readonly initialised: boolean;
  readonly node: SyntaxNode;
}
export interface Call {
  readonly name: string;
  readonly args: readonly SyntaxNode[];
  readonly node: SyntaxNode;
}
export interface Assignment {
  readonly target: string;
  readonly value: SyntaxNode;
  readonly node: SyntaxNode;
  /** "=" also for initialisers. */
  readonly operator: string;
}
export interface Condition {
  readonly node: SyntaxNode;
  readonly text: string;
  readonly names: ReadonlySet<string>;
  /** Whether the branch it opens ends in return, goto, break, continue or an exit. */
  readonly leaves: boolean;
}
/** `p->x`, `*p`, `p[i]`, with the text of p. */
export interface Dereference {
  readonly pointer: string;
  readonly node: SyntaxNode;
  readonly kind: 'arrow' | 'star' | 'index';
}
export interface FunctionFacts {
  readonly name: string;
  readonly node: SyntaxNode;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly calls: readonly Call[];
  readonly assignments: readonly Assignment[];
  readonly conditions: readonly Condition[];
  readonly dereferences: readonly Dereference[];
  readonly subscripts: readonly SyntaxNode[];
  /** while, for and do, outer before inner. */
  readonly loops: readonly SyntaxNode[];
  readonly jumps: readonly SyntaxNode[];
  readonly labels: readonly SyntaxNode[];
  /** `i++`, `--p` */
  readonly steps: readonly SyntaxNode[];
  readonly returns: readonly SyntaxNode[];
  readonly code: string;
  text(node: SyntaxNode | undefined): string;
}
/** `list_for_each_entry(entry, …)` gives its arguments values. */
export const ITERATES = /(^|_)for_?each/i;
const CHECKING_MACRO =
  /^(assert|ASSERT\w*|\w*_ASSERT\w*|g_return_\w+|g_assert\w*|BUG_ON|WARN_ON\w*|CHECK\w*|DCHECK\w*|OP_REQUIRES\w*|TF_LITE_ENSURE\w*|TFLITE_DCHECK\w*|REQUIRE\w*|VERIFY\w*|unlikely|likely|[A-Z_]*(REQUIRE|ENSURE|VALIDATE|CHECK|RETURN_IF|ND_TCHECK)\w*|safe_\w+|check_\w+)$/;
/** Variable names and member paths in an expression: "len", "skb->len", "a.b". */
export function namesIn(node: SyntaxNode, text: (node: SyntaxNode) => string): Set<string> {
  const names = new Set<string>();
  walk(node, (at) => {
    if (at.type === 'identifier') names.add(text(at));
    if (at.type === 'field_expression' || at.type === 'subscript_expression')
      names.add(text(at).replace(/\s+/g, ''));
    if (at.type === 'sizeof_expression') return false;
    return undefined;
  });
  return names;
}
const LEAVING =
  /^(return_statement|goto_statement|break_statement|continue_statement|throw_statement)$/;
export function leaves(node: SyntaxNode | undefined, text: (node: SyntaxNode) => string): boolean {
  if (!node) return false;
  if (LEAVING.test(node.type)) return true;
  if (node.type === 'compound_statement') return node.children.some((child) => leaves(child, text));
  if (node.type === 'else_clause') return namedChildren(node).some((child) => leaves(child, text));
  return (
    node.type === 'expression_statement' &&
    /^RETURN_\w+\s*;|^(exit|_exit|abort|err|errx|die|fatal|panic|usage|error_exit|longjmp|\w*_(die|fatal|abort|panic|error_exit)|error_msg_and_die|perror_msg_and_die|[A-Z]\w*(Throw|Exception|Abort|FAIL)\w*|ThrowReaderException|ThrowBinaryException|RETURN\w*|[A-Z]\w*_RET(URN)?|[A-Z_]*FATAL\w*|Fatal\w*|png_error|return_error\w*|goto_\w+)\s*\(/.test(
      text(node),
    )
  );
}
/** Functions of a file, outermost only; the whole text where no function is recognised. */
export function functionsOf(root: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  walk(root, (node) => {
    if (node.type !== 'function_definition') return undefined;
    found.push(node);
    return false;
  });
  return found.length > 0 ? found : [root];
}
function declaratorOf(
  node: SyntaxNode,
  text: (node: SyntaxNode) => string,
): { name: string; pointer: boolean; array: string | undefined } {
  let at: SyntaxNode | undefined = node;
  let pointer = false;
  let array: string | undefined;
  while (at) {
    if (at.type === 'pointer_declarator' || at.type === 'reference_declarator')
      pointer ||= at.type === 'pointer_declarator';
    if (at.type === 'array_declarator') {
      const size = childOf(at, 'size');
      array = size ? text(size) : '';
    }
    if (at.type === 'identifier' || at.type === 'field_identifier')
      return { name: text(at), pointer, array };
    at = childOf(at, 'declarator') ?? namedChildren(at)[0];
  }
  return { name: '', pointer, array };
}
export function gatherFacts(fn: SyntaxNode, code: string): FunctionFacts {
  const text = (node: SyntaxNode | undefined): string =>
    node ? code.slice(node.start, node.end) : '';
  const variables = new Map<string, Variable>();
  const calls: Call[] = [];
  const assignments: Assignment[] = [];
  const conditions: Condition[] = [];
  const dereferences: Dereference[] = [];
  const subscripts: SyntaxNode[] = [];
  const steps: SyntaxNode[] = [];
  const loops: SyntaxNode[] = [];
  const jumps: SyntaxNode[] = [];
  const labels: SyntaxNode[] = [];
  const returns: SyntaxNode[] = [];
  const condition = (node: SyntaxNode | undefined, body: SyntaxNode | undefined): void => {
    if (node)
      conditions.push({
        node,
        text: text(node),
        names: namesIn(node, text),
        leaves: leaves(body, text),
      });
  };
  const declare = (
    declaration: SyntaxNode,
    declarator: SyntaxNode,
    parameter: boolean,
    value: SyntaxNode | undefined,
  ): void => {
    const { name, pointer, array } = declaratorOf(declarator, text);
    if (name === '') return;
    const known = variables.get(name);
    const type = text(declaration)
      .slice(0, Math.max(0, declarator.start - declaration.start))
      .replace(/\s+/g, ' ')
      .trim();
    if (!known)
      variables.set(name, {
        name,
        type,
        pointer,
        parameter,
        array,
        initialised: value !== undefined,
        node: declarator,
      });
    if (value) assignments.push({ target: name, value, node: declarator, operator: '=' });
  };
  const unreachable = new Set<SyntaxNode>();
  walk(fn, (node) => {
    if (unreachable.has(node)) return false;
    switch (node.type) {
      case 'compound_statement': {
        const exit = node.children.findIndex((child) =>
          /^(return_statement|throw_statement)$/.test(child.type),
        );
        // Labels and cases behind a return can be jumped to.
        const rest = exit < 0 ? [] : node.children.slice(exit + 1);
        if (!rest.some((child) => /label|case/.test(child.type)))
          for (const child of rest) unreachable.add(child);
        return undefined;
      }
      case 'parameter_declaration':
      case 'optional_parameter_declaration': {
        const declarator = childOf(node, 'declarator');
        if (declarator) declare(node, declarator, true, undefined);
        return false;
      }
      case 'declaration': {
        const first = node.children.find((child) => child.field === 'declarator');
        for (const child of node.children) {
          if (child.field !== 'declarator') continue;
          const value = child.type === 'init_declarator' ? childOf(child, 'value') : undefined;
          declare(
            { ...node, end: first?.start ?? node.end },
            child.type === 'init_declarator' ? childOf(child, 'declarator')! : child,
            false,
            value,
          );
        }
        return undefined;
      }
      case 'call_expression': {
        const args = childOf(node, 'arguments');
        const name = text(childOf(node, 'function'))
          .replace(/^(std)?::/, '')
          .replace(/\s+/g, '');
        const list = args ? namedChildren(args) : [];
        calls.push({ name, args: list, node });
        if (CHECKING_MACRO.test(name))
          conditions.push({
            node,
            text: text(node),
            names: namesIn(args ?? node, text),
            leaves: true,
          });
        return undefined;
      }
      case 'function_definition': {
        // `list_for_each_entry(p, head, link) {` reads like a function inside the function.
        const declarator = node === fn ? undefined : childOf(node, 'declarator');
        const name = declarator ? text(childOf(declarator, 'declarator')) : '';
        const parameters = declarator && childOf(declarator, 'parameters');
        if (declarator && parameters && ITERATES.test(name))
          calls.push({ name, args: namedChildren(parameters), node: declarator });
        return undefined;
      }
      case 'delete_expression':
        calls.push({ name: 'delete', args: namedChildren(node), node });
        return undefined;
      case 'assignment_expression':
        assignments.push({
          target: text(childOf(node, 'left')).replace(/\s+/g, ''),
          value: childOf(node, 'right')!,
          node,
          operator: text(childOf(node, 'operator')) || '=',
        });
        return undefined;
      case 'if_statement':
        condition(childOf(node, 'condition'), childOf(node, 'consequence'));
        return undefined;
      case 'while_statement':
      case 'do_statement':
      case 'for_statement':
        loops.push(node);
        condition(childOf(node, 'condition'), undefined);
        return undefined;
      case 'goto_statement':
        jumps.push(node);
        return undefined;
      case 'labeled_statement':
        labels.push(node);
        return undefined;
      case 'switch_statement':
      case 'conditional_expression':
        condition(childOf(node, 'condition'), undefined);
        return undefined;
      case 'field_expression': {
        const argument = childOf(node, 'argument')!;
        if (text(childOf(node, 'operator')) === '->')
          dereferences.push({ pointer: text(argument).replace(/\s+/g, ''), node, kind: 'arrow' });
        return undefined;
      }
      case 'pointer_expression': {
        const argument = childOf(node, 'argument')!;
        if (text(childOf(node, 'operator')) === '*')
          dereferences.push({ pointer: text(argument).replace(/\s+/g, ''), node, kind: 'star' });
        return undefined;
      }
      case 'subscript_expression':
        subscripts.push(node);
        dereferences.push({
          pointer: text(childOf(node, 'argument')).replace(/\s+/g, ''),
          node,
          kind: 'index',
        });
        return undefined;
      case 'update_expression':
        steps.push(node);
        return undefined;
      case 'sizeof_expression':
      case 'preproc_if':
        return node.type === 'preproc_if' ? undefined : false;
      case 'return_statement':
        returns.push(node);
        return undefined;
      case 'lambda_expression':
        return undefined;
      default:
        return undefined;
    }
  });
  const declarator = childOf(fn, 'declarator');
  const name = declarator
    ? declaratorOf(declarator, text).name || (/([~\w]+)\s*\(/.exec(text(declarator))?.[1] ?? '')
    : '';
  return {
    name,
    node: fn,
    variables,
    calls,
    assignments,
    conditions,
    dereferences,
    subscripts,
    steps,
    loops,
    jumps,
    labels,
    returns,
    code,
    text,
  };
}
/** Whether a condition before `position` mentions any of the names. */
export const checkedBefore = (
  facts: FunctionFacts,
  names: Iterable<string>,
  position: number,
): boolean => {
  const wanted = new Set(names);
  return facts.conditions.some(
    (condition) =>
      condition.node.start < position && [...wanted].some((name) => condition.names.has(name)),
  );
};
/** What a variable was last given before a place. */
export const lastAssignment = (
  facts: FunctionFacts,
  name: string,
  position: number,
): Assignment | undefined => {
  let found: Assignment | undefined;
  for (const assignment of facts.assignments)
    if (
      assignment.target === name &&
      assignment.node.start < position &&
      (!found || assignment.node.start > found.node.start)
    )
      found = assignment;
  return found;
};

/** Whether a condition above names any of these. @param counts by the type of the node the condition belongs to. */
export const mentionedBefore = (
  facts: FunctionFacts,
  names: ReadonlySet<string>,
  position: number,
  counts: (place: string) => boolean,
): boolean =>
  facts.conditions.some(
    ({ node, names: mentioned }) =>
      node.start < position &&
      counts(node.parent?.type ?? '') &&
      [...names].some((name) => mentioned.has(name)),
  );
