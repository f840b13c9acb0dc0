/** @file What a Python condition proves: `x in ALLOWED`, `full.startswith(root)`, `re.fullmatch(r'\w+', x)`, `'..' in x`. */
import { type Checks, NO_CHECKS } from '../scope.ts';
import { childOf, childrenOf, namedChildren, type SyntaxNode, walk } from '../syntax-node.ts';
import {
  ALL,
  CLEAN,
  HEADER,
  HTML,
  KEY,
  LOG,
  PATH,
  QUERY,
  SHELL,
  SQL,
  URL_TARGET,
} from '../value.ts';
import type { RuleContext } from '../rule.ts';
import { CHECK_NAME } from './names.ts';

export function mentionedNames(node: SyntaxNode, context: RuleContext): string[] {
  const names = new Set<string>();
  walk(node, (at) => {
    if (at.type === 'lambda') return false;
    if (at.type === 'keyword_argument') {
      const value = childOf(at, 'value');
      if (value) for (const name of mentionedNames(value, context)) names.add(name);
      return false;
    }
    if (at.type === 'attribute' || at.type === 'subscript') {
      const text = context.text(at);
      if (text.length < 80) names.add(text);
    }
    if (at.type === 'identifier') names.add(context.text(at));
    return undefined;
  });
  return [...names].filter((name) => {
    const binding = context.scope.lookup(name);
    return binding === undefined
      ? /[.[]/.test(name) || !/^[A-Z_][A-Z0-9_]*$/.test(name)
      : binding.value.control !== CLEAN;
  });
}

const both = (a: Checks, b: Checks): Checks => ({
  whenTrue: [...a.whenTrue, ...b.whenTrue],
  whenFalse: [...a.whenFalse, ...b.whenFalse],
});
const not = (checks: Checks): Checks => ({
  whenTrue: checks.whenFalse,
  whenFalse: checks.whenTrue,
});
const proves = (names: readonly string[], safe: number): Checks =>
  names.length === 0 || safe === 0 ? NO_CHECKS : { whenTrue: [{ names, safe }], whenFalse: [] };

function deniedBits(pattern: string): number {
  let bits = 0;
  if (/[;|&`]|\\s/.test(pattern)) bits |= SHELL;
  if (/\.\.|\/|\\\./.test(pattern)) bits |= PATH;
  if (/</.test(pattern)) bits |= HTML;
  if (/\\[rn]|[\r\n]/.test(pattern)) bits |= HEADER | LOG;
  if (/'/.test(pattern)) bits |= SQL | QUERY;
  if (/__/.test(pattern)) bits |= KEY;
  if (/:|\/\//.test(pattern)) bits |= URL_TARGET;
  if (/\[\^(\\w|a-z|A-Z|0-9)/.test(pattern)) bits |= ALL;
  return bits;
}

function patternChecks(pattern: string, names: readonly string[], whole: boolean): Checks {
  const anchored = whole || (/^\^/.test(pattern) && /(\$|\\Z)$/.test(pattern));
  if (anchored && !/(^|[^\\])\.[*+]/.test(pattern)) return proves(names, ALL);
  if (/^\^?(\[[\w\\-]+\]|\\[wd])[+*]$/.test(pattern)) return proves(names, PATH | SQL);
  return not(proves(names, deniedBits(pattern)));
}

const isConstant = (node: SyntaxNode, context: RuleContext): boolean =>
  context.value(node).control === CLEAN;
const literal = (node: SyntaxNode | undefined, context: RuleContext): string | undefined =>
  node && isConstant(node, context) ? context.value(node).text : undefined;

function comparison(node: SyntaxNode, context: RuleContext): Checks {
  const [left, right] = namedChildren(node);
  if (!left || !right) return NO_CHECKS;
  const operator = childrenOf(node, 'operators')
    .map((at) => context.text(at))
    .join(' ');
  if (operator === 'in' || operator === 'not in') {
    const orient = (checks: Checks): Checks => (operator === 'in' ? checks : not(checks));
    const needle = literal(left, context);
    if (needle !== undefined && left.type === 'string')
      return orient(not(proves(mentionedNames(right, context), deniedBits(needle))));
    return orient(proves(mentionedNames(left, context), ALL));
  }
  if (operator !== '==' && operator !== '!=' && operator !== 'is' && operator !== 'is not')
    return NO_CHECKS;
  const orient = (checks: Checks): Checks =>
    operator === '==' || operator === 'is' ? checks : not(checks);
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (/^(None|True|False|''|""|0)$/.test(context.text(other))) {
      if (context.text(other) !== 'None' && side.type === 'call')
        return not(orient(conditionChecks(side, context)));
      return side.type === 'call' && /re\.|match|search/.test(context.text(side))
        ? not(orient(conditionChecks(side, context)))
        : NO_CHECKS;
    }
    if (isConstant(other, context)) {
      if (/^len\(/.test(context.text(side))) return NO_CHECKS;
      const text = literal(other, context) ?? '';
      if (text.startsWith('..')) return orient(not(proves(mentionedNames(side, context), PATH)));
      return orient(proves(mentionedNames(side, context), ALL));
    }
  }
  const a = context.value(left);
  const b = context.value(right);
  const names = [...mentionedNames(left, context), ...mentionedNames(right, context)];
  if (/commonp(ath|refix)|realpath|abspath|\.parent\b|dirname/.test(context.text(node)))
    return orient(proves(names, PATH));
  return orient(proves(names, a.control <= 1 || b.control <= 1 ? ALL : a.safe | b.safe));
}

function callChecks(node: SyntaxNode, context: RuleContext): Checks {
  const callee = context.callee(node);
  const args = context.args(node);
  const fn = childOf(node, 'function');
  const receiver = fn?.type === 'attribute' ? childOf(fn, 'object') : undefined;
  const method = callee.slice(callee.lastIndexOf('.') + 1);
  if (/^re\.(match|fullmatch|search)$/.test(callee) && args[0] && args[1])
    return patternChecks(
      literal(args[0], context) ?? context.text(context.resolve(args[0])),
      mentionedNames(args[1], context),
      method === 'fullmatch',
    );
  if (receiver) {
    const names = mentionedNames(receiver, context);
    if (method === 'startswith') {
      const text = literal(args[0], context);
      if (text !== undefined && /^(\.\.|\/\/)/.test(text))
        return not(proves(names, PATH | URL_TARGET));
      if (text === '/') return { whenTrue: [], whenFalse: [{ names, safe: PATH }] };
      return proves(
        names,
        text !== undefined && /^(https?:?(\/\/)?|)$/.test(text) ? 0 : PATH | URL_TARGET,
      );
    }
    if (/^(isdigit|isalnum|isalpha|isnumeric|isdecimal|isidentifier)$/.test(method))
      return proves(names, ALL);
    if (method === 'is_relative_to') return proves(names, PATH);
    if (method === 'endswith') return proves(names, URL_TARGET);
    if (/^(match|fullmatch|search)$/.test(method) && args[0]) {
      const definition = context.resolve(receiver);
      const pattern = definition.type === 'call' ? context.args(definition)[0] : undefined;
      const checked = mentionedNames(args[0], context);
      return pattern
        ? patternChecks(literal(pattern, context) ?? '', checked, method === 'fullmatch')
        : proves(checked, ALL);
    }
  }
  if (callee === 'isinstance')
    return /\b(int|float|bool|UUID)\b/.test(context.text(args[1] ?? node))
      ? proves(mentionedNames(args[0]!, context), ALL)
      : NO_CHECKS;
  if (callee === 'any' || callee === 'all') {
    const names = mentionedNames(args[0] ?? node, context);
    return callee === 'any'
      ? {
          whenTrue: [{ names, safe: ALL }],
          whenFalse: [{ names, safe: deniedBits(context.text(node)) }],
        }
      : proves(names, ALL);
  }
  if (
    /^os\.path\.(isabs|exists|isfile|isdir)$|^(hasattr|is_ajax|has_perm\w*)$|is_authenticated|is_anonymous|is_staff|is_valid$/.test(
      callee,
    )
  )
    return NO_CHECKS;
  if (CHECK_NAME.test(callee)) {
    const names = args.flatMap((arg) => mentionedNames(arg, context));
    return {
      whenTrue: names.length ? [{ names, safe: ALL }] : [],
      whenFalse: names.length ? [{ names, safe: ALL }] : [],
    };
  }
  return NO_CHECKS;
}

export function conditionChecks(node: SyntaxNode, context: RuleContext): Checks {
  switch (node.type) {
    case 'parenthesized_expression': {
      const inner = namedChildren(node)[0];
      return inner ? conditionChecks(inner, context) : NO_CHECKS;
    }
    case 'not_operator':
      return not(conditionChecks(childOf(node, 'argument')!, context));
    case 'boolean_operator':
      return both(
        conditionChecks(childOf(node, 'left')!, context),
        conditionChecks(childOf(node, 'right')!, context),
      );
    case 'comparison_operator':
      return comparison(node, context);
    case 'call':
      return callChecks(node, context);
    case 'identifier':
      return context.scope.lookup(context.text(node))?.checks ?? NO_CHECKS;
    default:
      return NO_CHECKS;
  }
}
