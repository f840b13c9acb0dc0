/**
 * @file Functions that only bear the name of a check or sanitizer (ours): `function isSafe(x) { return true; }` proves nothing, and a
 * program must not silence a rule with it. A function of the same file is hollow when nothing in it puts a parameter to any
 * test or through any call, when all it ever returns is one literal, or when it hands its parameter back as it came.
 * Told for JavaScript and Python; a wrong test that looks like one passes.
 */
import { childOf, namedChildren, type SyntaxNode, walk } from './syntax-node.ts';

const FUNCTION =
  /^(function_declaration|function_expression|arrow_function|method_definition|function_definition|lambda|generator_function\w*)$/;
const WORK =
  /^(call|call_expression|new_expression|subscript|subscript_expression|comparison_operator|regex)$/;
const COMPARISON = /^(?:[!=]==?|[<>]=?|in|instanceof)$/;
const LITERAL = /^(string|number|integer|float|true|false|null|none|undefined|unary_expression)$/;
/** Calls that leave a text what it is. */
const EMPTY_CALL =
  /^(?:(?:String|Boolean|str|bool|repr|console\.\w+|print)$|.*\.(?:toString|valueOf|trim|strip|toLowerCase|lower)$)/;
/** Comparisons that tell nothing about what a text holds. */
const EMPTY_COMPARISON =
  /\b(?:undefined|null|None|True|False|true|false|typeof)\b|\.length\b|\blen\(|(?:''|""|[^\w.]0)\s*$/;

export function isHollow(fn: SyntaxNode, code: string): boolean {
  const text = (node: SyntaxNode): string => code.slice(node.start, node.end);
  const body = childOf(fn, 'body');
  if (!body) return false;
  const parameters = new Set<string>();
  for (const field of ['parameters', 'parameter'])
    walk(childOf(fn, field) ?? { ...fn, children: [], type: '' }, (node) => {
      if (node.type === 'identifier') parameters.add(text(node));
      return undefined;
    });
  const returned: SyntaxNode[] = [];
  const isBlock = /^(statement_block|block)$/.test(body.type);
  if (!isBlock) returned.push(body);
  const derived = new Set(parameters);
  let [works, refuses, changes] = [false, false, false];
  walk(body, (node) => {
    if (
      FUNCTION.test(node.type) &&
      node !== body &&
      node.type !== 'arrow_function' &&
      node.type !== 'lambda'
    )
      return false;
    switch (node.type) {
      case 'return_statement': {
        const value = namedChildren(node)[0];
        if (value) returned.push(value);
        break;
      }
      case 'throw_statement':
      case 'raise_statement':
      case 'assert_statement':
        refuses = true;
        break;
      case 'delete_statement':
      case 'assignment_expression':
      case 'augmented_assignment_expression':
      case 'assignment':
      case 'augmented_assignment': {
        const left = childOf(node, 'left');
        if (left && left.type !== 'identifier') changes = true;
        else if (left) derived.add(text(left));
        // A parameter given another value is not handed back as it came.
        if (left && parameters.has(text(left))) parameters.delete(text(left));
        break;
      }
      case 'variable_declarator': {
        const name = childOf(node, 'name');
        if (name) derived.add(text(name));
        break;
      }
      default:
    }
    if (!works && isWork(node, text)) works = mentions(node, derived, text);
    return undefined;
  });
  if (!works) return true;
  if (refuses || changes || returned.length === 0) return false;
  const first = text(returned[0]!);
  if (returned.every((value) => LITERAL.test(value.type) && text(value) === first)) return true;
  return returned.every((value) => value.type === 'identifier' && parameters.has(text(value)));
}

function isWork(node: SyntaxNode, text: (node: SyntaxNode) => string): boolean {
  if (node.type === 'binary_expression') {
    const operator = childOf(node, 'operator');
    return (
      operator !== undefined &&
      COMPARISON.test(text(operator)) &&
      !EMPTY_COMPARISON.test(text(node))
    );
  }
  if (!WORK.test(node.type)) return false;
  if (node.type === 'comparison_operator') return !EMPTY_COMPARISON.test(text(node));
  const callee = childOf(node, 'function');
  return callee === undefined || !EMPTY_CALL.test(text(callee));
}

function mentions(
  node: SyntaxNode,
  names: ReadonlySet<string>,
  text: (node: SyntaxNode) => string,
): boolean {
  return (
    (node.type === 'identifier' && names.has(text(node))) ||
    node.children.some((child) => mentions(child, names, text))
  );
}

/**
 * Names under which a file's hollow functions are called -> a name that tells nothing, and under it the function. Where one name
 * stands for several functions, all must be hollow.
 */
export function hollowFunctions(
  root: SyntaxNode,
  code: string,
  speaks: (name: string) => boolean,
): ReadonlyMap<string, { readonly alias: string; readonly fn: SyntaxNode }> {
  const byName = new Map<string, SyntaxNode[]>();
  walk(root, (node) => {
    // Most nodes are leaves, and none of these is a function or holds one.
    if (node.children.length === 0) return undefined;
    const fn = FUNCTION.test(node.type)
      ? node
      : node.children.find(
          (child) => child.field === 'value' && child.named && FUNCTION.test(child.type),
        );
    const holder = fn && (childOf(node, 'name') ?? childOf(node, 'key'));
    if (fn && holder) {
      const name = code.slice(holder.start, holder.end);
      if (speaks(name)) byName.set(name, [...(byName.get(name) ?? []), fn]);
    }
    return undefined;
  });
  const found = new Map<string, { alias: string; fn: SyntaxNode }>();
  for (const [name, functions] of byName)
    if (functions.every((fn) => isHollow(fn, code)))
      found.set(name, { alias: `#${found.size}`, fn: functions[0]! });
  return found;
}
