/** @file Who controls a Python expression; see the JavaScript evaluator for the idea. */
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
  literal,
  LOG,
  madeSafe,
  PARAMETER,
  PATH,
  SHELL,
  SQL,
  UNKNOWN,
  UNKNOWN_VALUE,
  type Value,
} from '../value.ts';
import { conditionChecks } from './guards.ts';
import {
  CLEAN_CALLS,
  CLEAN_METHODS,
  INPUT_CALL,
  MAKER_NAME,
  PASSING_CALLS,
  REQUEST_METHOD,
  REQUEST_SOURCE,
  RESHAPING_METHODS,
  sanitizerBits,
} from './names.ts';

export interface Evaluator extends RuleContext {
  callLocal(name: string, args: readonly Value[]): Value | undefined;
}

const asPathBase = (value: Value): Value =>
  value.control <= PARAMETER ? madeSafe(value, PATH) : value;
const withoutText = (value: Value): Value =>
  value.control === CLEAN ? CONSTANT : { ...value, text: '', prefix: '' };

function string(node: SyntaxNode, context: Evaluator): Value {
  let value = CONSTANT;
  const parts = namedChildren(node);
  parts.forEach((part, index) => {
    if (part.type === 'string_content' || part.type === 'escape_sequence')
      value = joined(value, literal(context.text(part)));
    else if (part.type === 'interpolation') {
      const inner = childOf(part, 'expression') ?? namedChildren(part)[0];
      let inside = inner ? context.value(inner) : CONSTANT;
      const specifier = namedChildren(part).find((at) => at.type === 'format_specifier');
      if (specifier && /^:?[\d,.]*[dfxeg]$/.test(context.text(specifier))) inside = CONSTANT;
      const next = parts[index + 1];
      if (index <= 1 && next && context.text(next).startsWith('/')) inside = asPathBase(inside);
      value = joined(value, asTableName(value.text, inside));
    }
  });
  return value;
}

/** `"… %s …" % values` and `"… {} …".format(values)`: the pieces of text between the holes, and what fills them. */
function filled(format: Value, holes: RegExp, fillers: readonly Value[]): Value {
  const pieces = format.text.split(holes);
  let value = literal(pieces[0] ?? '');
  if (format.control !== CLEAN) value = joined(value, withoutText(format));
  const places = format.text.match(holes)?.length === fillers.length;
  let filler = derived(
    places ? fillers.map((one, index) => asTableName(pieces[index] ?? '', one)) : fillers,
  );
  if (pieces[0] === '' && /^[/\\]/.test(pieces[1] ?? '') && fillers.length > 1)
    filler = derived([asPathBase(fillers[0]!), ...fillers.slice(1)]);
  value = joined(value, filler);
  return {
    ...value,
    text: format.text.replace(holes, ' '),
    composed: filler.control !== CLEAN || format.composed,
  };
}
const PERCENT = /%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[srad]/g;
const BRACES = /\{[^{}]*\}/g;
const onlyNumbers = (format: Value): boolean => {
  const holes = format.text.match(/%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]/g);
  return holes?.every((hole) => /[dixfeg]$/.test(hole)) ?? false;
};

const LISTS = /^(list|tuple|list_comprehension|expression_list)$/;
/** Lists are not texts: adding to one builds no command or query. */
export function isList(node: SyntaxNode, context: RuleContext, depth = 3): boolean {
  const given = context.resolve(node);
  if (LISTS.test(given.type)) return true;
  if (given.type === 'call') return /^(list|tuple|shlex\.split)$/.test(context.callee(given));
  if (depth === 0 || !/^(parenthesized_expression|binary_operator)$/.test(given.type)) return false;
  const operator = childOf(given, 'operator');
  if (operator && context.text(operator) !== '+') return false;
  return namedChildren(given).some((side) => side !== node && isList(side, context, depth - 1));
}

/** In `FROM …`, a setting of the program is a table name, which no placeholder can hold. */
const asTableName = (before: string, value: Value): Value =>
  value.control === UNKNOWN && /\b(from|into|update|table|join)\s+["'`[\w.]*$/i.test(before)
    ? madeSafe(value, SQL)
    : value;

function binary(node: SyntaxNode, context: Evaluator): Value {
  const operator = context.text(childOf(node, 'operator')!);
  const left = childOf(node, 'left')!;
  const right = childOf(node, 'right')!;
  if (operator === '%') {
    const format = context.value(left);
    if (!/%[(\w#0 +.-]/.test(format.text))
      return format.control === CLEAN ? CONSTANT : withoutText(format);
    if (onlyNumbers(format)) return CONSTANT;
    const fillers =
      right.type === 'tuple' || right.type === 'parenthesized_expression'
        ? namedChildren(right)
        : right.type === 'dictionary'
          ? namedChildren(right).flatMap((pair) => childOf(pair, 'value') ?? [])
          : [right];
    return filled(
      format,
      PERCENT,
      fillers.map((filler) => context.value(filler)),
    );
  }
  if (operator === '+') {
    if (isList(left, context) || isList(right, context))
      return { ...either(context.value(left), context.value(right)), composed: false };
    let first = context.value(left);
    const second = context.value(right);
    if (/^[/\\]/.test(second.prefix) && !first.composed) first = asPathBase(first);
    return joined(first, asTableName(first.text, second));
  }
  if (operator === '/') return joined(asPathBase(context.value(left)), context.value(right));
  if (
    operator === '*' &&
    (left.type === 'string' || right.type === 'string' || left.type === 'list')
  )
    return CONSTANT;
  return CONSTANT;
}

function replacement(receiver: SyntaxNode, args: readonly SyntaxNode[], context: Evaluator): Value {
  const from = context.value(receiver);
  const what = args[0] ? context.value(args[0]).text : '';
  const by = args[1] ? context.value(args[1]).text : '';
  if (what === '<') return madeSafe(from, HTML);
  if (/\\n|\\r|\n|\r/.test(what)) return madeSafe(from, HEADER | LOG);
  if (what === "'" && (by === "''" || by === "\\'")) return madeSafe(from, SQL | SHELL);
  if (what === '/' || what === '\\\\') return madeSafe(from, PATH);
  return from;
}

function call(node: SyntaxNode, context: Evaluator): Value {
  const fn = childOf(node, 'function')!;
  const callee = context.callee(node);
  const args = context.args(node);
  const values = (): Value[] =>
    args.map((arg) =>
      context.value(arg.type === 'keyword_argument' ? childOf(arg, 'value')! : arg),
    );
  const receiver = fn.type === 'attribute' ? childOf(fn, 'object') : undefined;
  const method = callee.slice(callee.lastIndexOf('.') + 1);
  if (INPUT_CALL.test(callee)) return INPUT_VALUE;
  if (REQUEST_METHOD.test(method) && REQUEST_SOURCE.test(context.text(fn))) return INPUT_VALUE;
  if (CLEAN_CALLS.test(callee)) return CONSTANT;
  if (method === 'format' && receiver) {
    const format = context.value(receiver);
    if (format.text !== '' || format.control === CLEAN) return filled(format, BRACES, values());
  }
  if (method === 'replace' && receiver) return replacement(receiver, args, context);
  if (
    method === 'join' &&
    receiver &&
    callee !== 'os.path.join' &&
    !/path$/.test(context.text(receiver))
  ) {
    const items = args[0] ? context.value(args[0]) : CONSTANT;
    return items.control === CLEAN ? items : { ...items, composed: true };
  }
  if (
    /(^|\.)path\.join$/.test(callee) ||
    (args.length > 1 && /(^|\.)(Pure)?(Posix)?Path$/.test(callee))
  ) {
    let value = CONSTANT;
    values().forEach((part, index, all) => {
      value = joined(value, index === 0 && all.length > 1 ? asPathBase(part) : part);
    });
    return value;
  }
  if (/^re\.sub$/.test(callee)) {
    const pattern = args[0] ? context.value(args[0]).text : '';
    const from = args[2] ? context.value(args[2]) : UNKNOWN_VALUE;
    if (/^\[\^/.test(pattern))
      return madeSafe(from, /\[\^[^\]]*\/[^\]]*\./.test(pattern) ? ALL & ~PATH : ALL);
    return madeSafe(
      from,
      /</.test(pattern)
        ? HTML
        : /\\[rn]/.test(pattern)
          ? HEADER | LOG
          : /[;&|]/.test(pattern)
            ? SHELL
            : 0,
    );
  }
  const local = context.callLocal(callee, values());
  const bits = sanitizerBits(callee);
  if (bits)
    return madeSafe(
      { ...derived(values()), composed: values().some((value) => value.composed) },
      bits,
    );
  if (local) return local;
  if (PASSING_CALLS.test(callee)) {
    const given = values();
    const passed = given.length === 1 ? given[0]! : derived(given);
    return { ...passed, composed: given.some((value) => value.composed) };
  }
  if (receiver) {
    if (CLEAN_METHODS.test(method)) return CONSTANT;
    if (RESHAPING_METHODS.test(method)) {
      const from = context.value(receiver);
      return method === 'joinpath' ? { ...either(from, derived(values())), composed: true } : from;
    }
  }
  if (MAKER_NAME.test(callee)) {
    const passed = derived(values());
    return passed.control === CLEAN ? UNKNOWN_VALUE : { ...passed, composed: true };
  }
  return UNKNOWN_VALUE;
}

export function evaluate(node: SyntaxNode, context: Evaluator): Value {
  switch (node.type) {
    case 'string':
      return string(node, context);
    case 'concatenated_string':
      return namedChildren(node)
        .map((part) => context.value(part))
        .reduce(joined, CONSTANT);
    case 'integer':
    case 'float':
    case 'true':
    case 'false':
    case 'none':
    case 'lambda':
    case 'not_operator':
    case 'comparison_operator':
    case 'unary_operator':
    case 'ellipsis':
      return CONSTANT;
    case 'identifier': {
      const name = context.text(node);
      return (
        context.scope.lookup(name)?.value ??
        (/^[A-Z_][A-Z0-9_]*$|^__\w+__$/.test(name) ? CONSTANT : UNKNOWN_VALUE)
      );
    }
    case 'attribute':
    case 'subscript': {
      const text = context.text(node);
      const known = context.scope.lookup(text);
      if (known) return known.value;
      if (REQUEST_SOURCE.test(text) || /^sys\.argv/.test(text)) return INPUT_VALUE;
      if (/^os\.environ|^os\.(sep|path|linesep)$/.test(text))
        return text.startsWith('os.environ') ? UNKNOWN_VALUE : CONSTANT;
      if (/\.[A-Z][A-Z0-9_]+$/.test(text)) return CONSTANT;
      const object = childOf(node, node.type === 'attribute' ? 'object' : 'value')!;
      const made = context.resolve(object);
      if (
        /\.(name|stem|suffix)$/.test(text) &&
        made.type === 'call' &&
        /(^|\.)(Pure)?(Posix)?Path$/.test(context.callee(made))
      )
        return madeSafe(withoutText(context.value(object)), PATH);
      if (object.type === 'identifier' && /^(self|cls)$/.test(context.text(object)))
        return UNKNOWN_VALUE;
      const value = context.value(object);
      return value.control === CLEAN &&
        object.type === 'identifier' &&
        context.scope.lookup(context.text(object))?.alias
        ? UNKNOWN_VALUE
        : withoutText(value);
    }
    case 'parenthesized_expression':
    case 'await':
    case 'list_splat':
    case 'dictionary_splat':
    case 'yield': {
      const inner = namedChildren(node)[0];
      return inner ? context.value(inner) : CONSTANT;
    }
    case 'named_expression':
    case 'keyword_argument':
      return context.value(childOf(node, 'value')!);
    case 'binary_operator':
      return binary(node, context);
    case 'boolean_operator':
      return either(context.value(childOf(node, 'left')!), context.value(childOf(node, 'right')!));
    case 'conditional_expression': {
      const [yes, condition, no] = namedChildren(node);
      if (!yes || !condition || !no) return UNKNOWN_VALUE;
      const checks = conditionChecks(condition, context);
      const arm = (at: SyntaxNode, proven: typeof checks.whenTrue): Value => {
        context.scope.beginBranch();
        context.scope.apply(proven);
        const value = context.value(at);
        context.scope.endBranch();
        return value;
      };
      return either(arm(yes, checks.whenTrue), arm(no, checks.whenFalse));
    }
    case 'list':
    case 'tuple':
    case 'set':
    case 'expression_list': {
      let value = CONSTANT;
      for (const child of namedChildren(node)) {
        const inner = context.value(child);
        value = { ...either(value, inner), text: value.text + inner.text, composed: false };
      }
      return value;
    }
    case 'dictionary': {
      const inner = namedChildren(node).map((pair) =>
        context.value(childOf(pair, 'value') ?? pair),
      );
      return derived(inner);
    }
    case 'list_comprehension':
    case 'generator_expression':
    case 'set_comprehension': {
      const body = childOf(node, 'body');
      const clause = namedChildren(node).find((at) => at.type === 'for_in_clause');
      if (!body || !clause) return UNKNOWN_VALUE;
      context.scope.beginBranch();
      const from = withoutText(context.value(childOf(clause, 'right')!));
      for (const name of context.text(childOf(clause, 'left')!).split(/[\s,()]+/))
        if (name) context.scope.declare(name, { value: { ...from, composed: false } });
      for (const filter of namedChildren(node))
        if (filter.type === 'if_clause' && namedChildren(filter)[0])
          context.scope.apply(conditionChecks(namedChildren(filter)[0]!, context).whenTrue);
      const value = context.value(body);
      context.scope.endBranch();
      return value;
    }
    case 'call':
      return call(node, context);
    default:
      return UNKNOWN_VALUE;
  }
}
