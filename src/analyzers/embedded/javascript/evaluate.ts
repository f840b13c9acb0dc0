/**
 * @file Who controls a JavaScript expression: evaluates it to a Value over the variables known at this point of the
 * walk. Calls of functions of the same file use their summaries; unknown functions pass control on only when their
 * name says that they make something of their arguments.
 */
import type { RuleContext } from '../rule.ts';
import { childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';
import {
  ALL,
  CLEAN,
  CONSTANT,
  derived,
  either,
  HEADER,
  HTML,
  INPUT_VALUE,
  joined,
  LOG,
  literal,
  madeSafe,
  OBJECT,
  PARAMETER,
  PATH,
  REGEX,
  SHELL,
  SQL,
  UNKNOWN_VALUE,
  URL_TARGET,
  type Value,
} from '../value.ts';
import { conditionChecks, deniedBits } from './guards.ts';
import {
  CLEAN_CALLS,
  CLEAN_METHODS,
  MAKER_NAME,
  PASSING_CALLS,
  REQUEST_METHODS,
  REQUEST_NAMES,
  REQUEST_PROPERTIES,
  RESHAPING_METHODS,
  sanitizerBits,
} from './names.ts';

export interface Evaluator extends RuleContext {
  /** What a function of the file returns for these arguments; undefined when unknown. */
  callLocal(name: string, args: readonly Value[]): Value | undefined;
  /** What a function expression returned when it was walked. */
  returnOf(fn: SyntaxNode): Value | undefined;
}

const unquote = (text: string): string =>
  text.length >= 2 && /^['"`]/.test(text) ? text.slice(1, -1) : text;

/** A trusted base in front of the rest of a path does not make the path dangerous. */
const asPathBase = (value: Value): Value =>
  value.control <= PARAMETER ? madeSafe(value, PATH) : value;

function template(node: SyntaxNode, context: Evaluator): Value {
  let value = CONSTANT;
  const parts = namedChildren(node);
  parts.forEach((part, index) => {
    if (part.type !== 'template_substitution') {
      value = joined(value, literal(context.text(part)));
      return;
    }
    const inner = namedChildren(part)[0];
    let inside = inner ? context.value(inner) : CONSTANT;
    const next = parts[index + 1];
    if (index === 0 && next && /^[/\\]/.test(context.text(next))) inside = asPathBase(inside);
    value = joined(value, inside);
  });
  return value;
}

function identifier(node: SyntaxNode, context: Evaluator): Value {
  const name = context.text(node);
  const binding = context.scope.lookup(name);
  if (binding) return binding.value;
  if (
    /^[A-Z][A-Z0-9_]*$/.test(name) ||
    /^(undefined|NaN|Infinity|__dirname|__filename)$/.test(name)
  )
    return CONSTANT;
  return UNKNOWN_VALUE;
}

function member(node: SyntaxNode, context: Evaluator): Value {
  const text = context.text(node).replace(/\?\./g, '.');
  const known = context.scope.lookup(text);
  if (known) return known.value;
  const property = text.slice(text.lastIndexOf('.') + 1);
  if (property === 'length' || property === 'size') return CONSTANT;
  const root = /^[\w$]+/.exec(text)?.[0] ?? '';
  if (text === 'process.argv' || /^(window\.|document\.)?location\./.test(text)) return INPUT_VALUE;
  if (root === 'process' || /^path\./.test(text))
    return text === 'path.sep' ? literal('/') : CONSTANT;
  if (root === 'this') return UNKNOWN_VALUE;
  const first = text.split('.')[1] ?? '';
  if (
    REQUEST_NAMES.has(root) &&
    (REQUEST_PROPERTIES.has(first) || REQUEST_PROPERTIES.has(text.split('.')[2] ?? ''))
  )
    return INPUT_VALUE;
  const object = childOf(node, 'object');
  if (!object) return UNKNOWN_VALUE;
  const value = context.value(object);
  return value.control === CLEAN
    ? CONSTANT
    : { ...value, text: '', prefix: '', composed: value.composed };
}

/** What `text.replace(pattern, replacement)` makes the text safe for. */
function replacementBits(args: readonly SyntaxNode[], context: Evaluator): number {
  const pattern = args[0] ? context.resolve(args[0]) : undefined;
  if (!pattern) return 0;
  const text = context.text(pattern);
  const replacement = args[1] ? context.text(args[1]) : '';
  const everywhere =
    pattern.type === 'regex'
      ? /\/[a-z]*g[a-z]*$/.test(text)
      : /replaceAll/.test(context.text(pattern.parent?.parent ?? pattern));
  if (!everywhere) return 0;
  if (/^\/\[\^(?!["'<>])/.test(text))
    return ALL & ~(/\[\^[^\]]*[/]/.test(text) && /\[\^[^\]]*\./.test(text) ? PATH : 0);
  if (/\\\$&/.test(replacement)) return REGEX | SQL;
  if (/\[[^\]]*</.test(text) || /^\/</.test(text)) return HTML;
  if (/^\/["'&>]\/?/.test(text)) return 0;
  if (/'/.test(text) && /''|\\\\'|'\\'/.test(replacement)) return SQL | SHELL;
  const bits = deniedBits(text);
  return (
    bits &
    (HEADER |
      LOG |
      (/;|&/.test(text) ? SHELL : 0) |
      (/[\\/]\\?\/|\\\//.test(text) && !/\.\./.test(text) ? PATH : 0))
  );
}

function callback(fn: SyntaxNode | undefined, elements: Value, context: Evaluator): Value {
  if (!fn) return elements;
  if (fn.type === 'identifier' || fn.type === 'member_expression') {
    const name = context.text(fn);
    const bits = sanitizerBits(name);
    if (bits) return madeSafe(elements, bits);
    if (CLEAN_CALLS.has(name)) return CONSTANT;
    return context.callLocal(name, [elements]) ?? elements;
  }
  return context.returnOf(fn) ?? elements;
}

/** `list.filter(x => ALLOWED.has(x))` vouches for what it keeps. */
function filtered(fn: SyntaxNode | undefined, elements: Value, context: Evaluator): Value {
  const parameter =
    fn && (childOf(fn, 'parameter') ?? namedChildren(childOf(fn, 'parameters') ?? fn)[0]);
  const body = fn && childOf(fn, 'body');
  if (!parameter || !body || body.type === 'statement_block') return elements;
  const name = context.text(parameter);
  let bits = 0;
  for (const check of conditionChecks(body, context).whenTrue)
    if (check.names.includes(name)) bits |= check.safe;
  return madeSafe(elements, bits);
}

function call(node: SyntaxNode, context: Evaluator): Value {
  const fn = childOf(node, 'function');
  const argsNode = childOf(node, 'arguments');
  if (argsNode?.type === 'template_string') return madeSafe(template(argsNode, context), ALL); // a tagged template treats its parts itself
  const callee = context.callee(node);
  const args = context.args(node);
  const dot = callee.lastIndexOf('.');
  const method = callee.slice(dot + 1);
  if (CLEAN_CALLS.has(callee) || /^Math\./.test(callee)) return CONSTANT;
  const receiver = fn?.type === 'member_expression' ? childOf(fn, 'object') : undefined;
  const values = (): Value[] => args.map((arg) => context.value(arg));
  if (method === 'replace' || method === 'replaceAll') {
    const from = receiver ? context.value(receiver) : UNKNOWN_VALUE;
    return madeSafe(
      from,
      method === 'replaceAll' && args[0]?.type === 'string'
        ? allReplaced(args, context)
        : replacementBits(args, context),
    );
  }
  if (callee === 'path.join' || callee === 'path.resolve') {
    let value = CONSTANT;
    values().forEach((part, index, all) => {
      value = joined(value, index === 0 && all.length > 1 ? asPathBase(part) : part);
    });
    return value.control === CLEAN ? value : { ...value, composed: args.length > 1 };
  }
  const local = context.callLocal(callee, values());
  const bits = sanitizerBits(callee);
  if (bits && !(local && bits !== ALL && local.control === CLEAN)) {
    const passed = derived([
      ...values(),
      ...(method === 'toString' && receiver ? [context.value(receiver)] : []),
    ]);
    if (
      method === 'toString' &&
      args.length > 0 &&
      /^['"](hex|base64|base64url)/.test(context.text(args[0]!))
    )
      return CONSTANT;
    return bits === OBJECT || method === 'stringify'
      ? madeSafe({ ...passed, composed: values().some((value) => value.composed) }, bits)
      : madeSafe(passed, bits);
  }
  if (local) return local;
  if (PASSING_CALLS.has(callee)) {
    const given = values();
    const passed = { ...derived(given), composed: given.some((value) => value.composed) };
    return /^(decodeURI|decodeURIComponent|unescape|Buffer\.from|atob)$/.test(callee)
      ? { ...passed, safe: passed.control === CLEAN ? ALL : 0 }
      : passed;
  }
  if (receiver) {
    const from = context.value(receiver);
    const root = /^[\w$]+/.exec(context.text(receiver))?.[0] ?? '';
    if (REQUEST_NAMES.has(root) && REQUEST_METHODS.has(method) && context.scope.lookup(root))
      return INPUT_VALUE;
    if (CLEAN_METHODS.has(method)) return CONSTANT;
    if (method === 'join') {
      const separator = args[0] ? context.value(args[0]) : CONSTANT;
      return from.control === CLEAN
        ? from
        : { ...either(from, separator), text: from.text + separator.text, composed: true };
    }
    if (method === 'concat') return values().reduce(joined, from);
    if (method === 'map' || method === 'flatMap' || method === 'reduce')
      return callback(args[0], from, context);
    if (method === 'filter') return filtered(args[0], from, context);
    if (RESHAPING_METHODS.has(method)) return from;
  }
  if (MAKER_NAME.test(callee)) return { ...derived(values()), composed: true };
  return UNKNOWN_VALUE;
}

function allReplaced(args: readonly SyntaxNode[], context: Evaluator): number {
  const text = unquote(context.text(args[0]!));
  const replacement = args[1] ? context.text(args[1]) : '';
  if (text === '<') return HTML;
  if (text === "'" && /''|\\/.test(replacement)) return SQL | SHELL;
  if (/\\n|\\r/.test(text)) return HEADER | LOG;
  return 0;
}

export function evaluate(node: SyntaxNode, context: Evaluator): Value {
  switch (node.type) {
    case 'string':
      return literal(unquote(context.text(node)));
    case 'template_string':
      return template(node, context);
    case 'number':
    case 'true':
    case 'false':
    case 'null':
    case 'undefined':
    case 'regex':
    case 'arrow_function':
    case 'function_expression':
    case 'class':
    case 'unary_expression':
    case 'update_expression':
      return CONSTANT;
    case 'identifier':
    case 'shorthand_property_identifier':
      return identifier(node, context);
    case 'member_expression':
      return member(node, context);
    case 'subscript_expression': {
      const known = context.scope.lookup(context.text(node));
      if (known) return known.value;
      const object = childOf(node, 'object');
      return object ? member(node, context) : UNKNOWN_VALUE;
    }
    case 'parenthesized_expression':
    case 'await_expression':
    case 'non_null_expression':
    case 'as_expression':
    case 'satisfies_expression':
    case 'spread_element':
    case 'yield_expression': {
      const inner = node.children.find((child) => child.named);
      return inner ? context.value(inner) : CONSTANT;
    }
    case 'binary_expression': {
      const operator = context.text(childOf(node, 'operator')!);
      const left = childOf(node, 'left')!;
      const right = childOf(node, 'right')!;
      if (operator === '+') {
        let first = context.value(left);
        const second = context.value(right);
        if (/^[/\\]/.test(second.prefix) && !first.composed) first = asPathBase(first);
        return joined(first, second);
      }
      if (operator === '||' || operator === '??' || operator === '&&')
        return either(context.value(left), context.value(right));
      return CONSTANT;
    }
    case 'ternary_expression': {
      const condition = childOf(node, 'condition')!;
      const checks = conditionChecks(condition, context);
      const arm = (field: string, proven: typeof checks.whenTrue): Value => {
        context.scope.beginBranch();
        context.scope.apply(proven);
        const value = context.value(childOf(node, field)!);
        context.scope.endBranch();
        return value;
      };
      return either(arm('consequence', checks.whenTrue), arm('alternative', checks.whenFalse));
    }
    case 'object': {
      let value = CONSTANT;
      for (const child of namedChildren(node)) {
        const inner = child.type === 'pair' ? childOf(child, 'value') : child;
        if (inner && !/method/.test(inner.type)) value = either(value, context.value(inner));
      }
      return value.control === CLEAN ? CONSTANT : { ...value, text: '', prefix: '' };
    }
    case 'array': {
      let value = CONSTANT;
      for (const child of namedChildren(node)) {
        const inner = context.value(child);
        value = { ...either(value, inner), text: value.text + inner.text };
      }
      return value;
    }
    case 'assignment_expression':
    case 'augmented_assignment_expression': {
      const right = childOf(node, 'right');
      return right ? context.value(right) : UNKNOWN_VALUE;
    }
    case 'sequence_expression': {
      const last = namedChildren(node).at(-1);
      return last ? context.value(last) : CONSTANT;
    }
    case 'call_expression':
      return call(node, context);
    case 'new_expression': {
      const name = context.text(childOf(node, 'constructor') ?? node);
      const values = context.args(node).map((arg) => context.value(arg));
      if (/^(Date|WeakMap|RegExp|Promise|Error|\w+Error)$/.test(name)) return CONSTANT;
      if (name === 'URL' && values[0]?.control === CLEAN && values.length === 1) return CONSTANT;
      return /^(URL|URLSearchParams|Set|Map|String|Array|Buffer)$/.test(name)
        ? name === 'URL' && values[0]
          ? { ...values[0], safe: (values[0].safe & ~URL_TARGET) | (values[0].safe & URL_TARGET) }
          : derived(values)
        : UNKNOWN_VALUE;
    }
    default:
      return UNKNOWN_VALUE;
  }
}
