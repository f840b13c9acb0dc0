/** @file JavaScript: objects and patterns: prototype pollution, mass assignment, expensive or injected regular expressions. */
import type { Rule, RuleContext } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, someNode, type SyntaxNode } from '../syntax-node.ts';
import { backtracksBadly } from '../text-shapes.ts';
import { CLEAN, isUnsafeFor, KEY, PARAMETER, REGEX } from '../value.ts';

const functionOf = (node: SyntaxNode): SyntaxNode | undefined =>
  ancestorOf(node, (at) => /function|method_definition/.test(at.type));

const nameOfFunction = (fn: SyntaxNode, context: RuleContext): string => {
  const name =
    childOf(fn, 'name') ??
    (fn.parent?.type === 'variable_declarator' ? childOf(fn.parent, 'name') : undefined);
  return name ? context.text(name) : '';
};

/** Whether an object is reached through a key of the same kind: `target[key] = merge(target[key], …)`, `at = at[part]`. */
function goesDeep(object: SyntaxNode, fn: SyntaxNode, context: RuleContext): boolean {
  if (object.type === 'subscript_expression') {
    const outer = childOf(object, 'index');
    return (
      outer !== undefined &&
      isDynamic(object, context) &&
      isUnsafeFor(context.value(outer), KEY, PARAMETER)
    );
  }
  const target = context.text(object);
  const names = new Set<string>();
  let outermost = fn;
  for (let at: SyntaxNode | undefined = fn; at; at = functionOf(at)) {
    names.add(nameOfFunction(at, context));
    outermost = at;
  }
  names.delete('');
  const reachesDeeper = (node: SyntaxNode): boolean =>
    someNode(
      node,
      (at) =>
        at.type === 'subscript_expression' &&
        isDynamic(at, context) &&
        context.text(at).startsWith(`${target}[`),
    );
  return (
    someNode(outermost, (at) => {
      if (at.type === 'assignment_expression')
        return (
          context.text(childOf(at, 'left')!) === target && reachesDeeper(childOf(at, 'right')!)
        );
      if (at.type !== 'call_expression') return false;
      const callee = context.text(childOf(at, 'function') ?? at).replace(/^this\./, '');
      return names.has(callee) && context.args(at).some(reachesDeeper);
    }) || reducesInto(object, fn, context)
  );
}
/** `parts.reduce((at, part) => (at[part] = at[part] ?? {}), root)` */
const reducesInto = (object: SyntaxNode, fn: SyntaxNode, context: RuleContext): boolean =>
  fn.parent?.type === 'arguments' &&
  /\.reduce$/.test(fn.parent.parent ? context.callee(fn.parent.parent) : '') &&
  object.type === 'identifier';

const isDynamic = (subscript: SyntaxNode, context: RuleContext): boolean => {
  const index = childOf(subscript, 'index');
  return (
    index !== undefined &&
    index.type !== 'string' &&
    index.type !== 'number' &&
    context.text(index) !== 'i'
  );
};

const madeWithoutPrototype = (object: SyntaxNode, context: RuleContext): boolean =>
  /^Object\.create\(\s*null\s*\)/.test(context.text(context.resolve(object)));

const prototypePollution: Rule = {
  id: 'javascript/prototype-pollution',
  cwe: ['CWE-1321'],
  severity: 'high',
  confidence: 0.8,
  message:
    'a key from outside may be __proto__ and change every object; refuse it, or use a Map or Object.create(null)',
  on: ['assignment_expression', 'augmented_assignment_expression'],
  check(node, context) {
    const left = childOf(node, 'left')!;
    if (left.type !== 'subscript_expression' || !isDynamic(left, context)) return;
    const object = childOf(left, 'object')!;
    const index = childOf(left, 'index')!;
    const fn = functionOf(node);
    if (!fn || !isUnsafeFor(context.value(index), KEY, PARAMETER)) return;
    if (madeWithoutPrototype(object, context)) return;
    // Numbers index arrays: `a[i]`, `a[a.length - 1]` evaluate to CLEAN above, except what only looks like a parameter.
    return goesDeep(object, fn, context) && node;
  },
};

const RAW_INPUT_NAME =
  /^(body|input|patch|payload|updates?|changes|data|fields|attrs|attributes|params|values|form|dto|json|request|req|incoming|userInput|overrides)$|(Input|Body|Payload|Patch|Updates|Changes|Fields|Form)$/;
const isRawInput = (node: SyntaxNode, context: RuleContext): boolean => {
  const text = context.text(node);
  const value = context.value(node);
  return (
    value.control >= PARAMETER &&
    (RAW_INPUT_NAME.test(text) || /^(req|request|ctx\.request)\.(body|query)$/.test(text)) &&
    (value.safe & KEY) === 0
  );
};

const massAssignment: Rule = {
  id: 'javascript/mass-assignment',
  cwe: ['CWE-915'],
  severity: 'medium',
  confidence: 0.7,
  message:
    'every field that is sent is copied, also those the sender must not set; copy the allowed fields by name',
  on: ['call_expression', 'new_expression', 'object', 'assignment_expression'],
  check(node, context) {
    if (node.type === 'object') return spread(node, context);
    if (node.type === 'assignment_expression') return copiedInLoop(node, context);
    const callee = context.callee(node);
    const args = context.args(node);
    if (
      callee === 'Object.assign' ||
      /^(_|lodash)\.(assign|merge|extend|defaultsDeep)$/.test(callee)
    ) {
      const [target, ...rest] = args;
      if (
        !target ||
        (target.type === 'object' && namedChildren(target).length === 0 && rest.length < 2)
      )
        return;
      return rest.find((arg) => isRawInput(arg, context));
    }
    const model =
      node.type === 'new_expression'
        ? /^[A-Z][a-z]\w*$/.test(callee)
        : /^[A-Z]\w*\.(create|update|insert|insertOne|build|findByIdAndUpdate|updateOne|findOneAndUpdate)$/.test(
            callee,
          );
    return model
      ? args.find((arg) => /^(req|request|ctx\.request)\.body$/.test(context.text(arg)))
      : undefined;
  },
};
function spread(node: SyntaxNode, context: RuleContext): SyntaxNode | undefined {
  const parts = namedChildren(node);
  const raw = parts.findIndex(
    (part) => part.type === 'spread_element' && isRawInput(namedChildren(part)[0] ?? part, context),
  );
  if (raw < 1) return undefined;
  const record = parts
    .slice(0, raw)
    .some((part) => part.type === 'spread_element' && !/default/i.test(context.text(part)));
  const isPrivilegeFixed = parts
    .slice(0, raw)
    .some(
      (part) =>
        part.type === 'pair' &&
        /^(role|isAdmin|admin|is_admin|balance|verified|permissions|owner\w*|id)$/i.test(
          context.text(childOf(part, 'key')!),
        ),
    );
  return record || isPrivilegeFixed ? parts[raw] : undefined;
}
/** `for (const key in body) user[key] = body[key]` */
function copiedInLoop(node: SyntaxNode, context: RuleContext): SyntaxNode | undefined | false {
  const left = childOf(node, 'left')!;
  const right = childOf(node, 'right')!;
  if (left.type !== 'subscript_expression' || right.type !== 'subscript_expression') return;
  const index = childOf(left, 'index')!;
  if (index.type !== 'identifier' || context.text(childOf(right, 'index')!) !== context.text(index))
    return;
  const source = childOf(right, 'object')!;
  const target = context.resolve(childOf(left, 'object')!);
  if (target.type === 'object') return;
  const key = context.value(index);
  return (
    isRawInput(source, context) &&
    key.control !== CLEAN &&
    (key.safe & KEY) === 0 &&
    (key.safe & REGEX) === 0 &&
    node
  );
}

const regexSource = (node: SyntaxNode, context: RuleContext): string | undefined => {
  if (node.type === 'regex') return context.text(childOf(node, 'pattern') ?? node);
  const first = context.args(node)[0];
  const literal = first && context.resolve(first);
  return literal?.type === 'string'
    ? context.text(literal).slice(1, -1).replaceAll('\\\\', '\\')
    : undefined;
};

const slowRegex: Rule = {
  id: 'javascript/slow-regular-expression',
  cwe: ['CWE-1333'],
  severity: 'medium',
  confidence: 0.8,
  message: 'this pattern can take exponential time on some texts; make its repetitions unambiguous',
  on: ['regex', 'new_expression', 'call_expression'],
  check(node, context) {
    if (node.type !== 'regex' && context.callee(node) !== 'RegExp') return;
    const source = regexSource(node, context);
    return source !== undefined && backtracksBadly(source) && node;
  },
};

const regexInjection: Rule = {
  id: 'javascript/regular-expression-injection',
  cwe: ['CWE-1333', 'CWE-625'],
  severity: 'medium',
  confidence: 0.75,
  message: 'a regular expression is built from a value; escape it, or search for plain text',
  on: ['new_expression', 'call_expression'],
  check(node, context) {
    if (context.callee(node) !== 'RegExp') return;
    const first = context.args(node)[0];
    return first !== undefined && isUnsafeFor(context.value(first), REGEX, PARAMETER) && first;
  },
};

export const OBJECT_RULES: readonly Rule[] = [
  prototypePollution,
  massAssignment,
  slowRegex,
  regexInjection,
];
