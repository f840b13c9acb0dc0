/**
 * @file What a JavaScript condition proves about variables: `ALLOWED.has(x)`, `full.startsWith(root + sep)`,
 * `/^[a-z]+$/.test(x)`, `x === 'asc'`, `isInside(root, x)`. Conjunctions and disjunctions are read generously.
 */
import { type Check, type Checks, NO_CHECKS } from '../scope.ts';
import { childOf, type SyntaxNode, walk } from '../syntax-node.ts';
import {
  ALL,
  CLEAN,
  HEADER,
  HTML,
  KEY,
  LOG,
  OBJECT,
  PATH,
  QUERY,
  SHELL,
  SQL,
  URL_TARGET,
} from '../value.ts';
import type { RuleContext } from '../rule.ts';
import { CHECK_NAME } from './names.ts';

/** Variables (and dotted properties) an expression mentions that somebody may control. */
export function mentionedNames(node: SyntaxNode, context: RuleContext): string[] {
  const names = new Set<string>();
  walk(node, (at) => {
    if (at.type === 'arrow_function' || at.type === 'function_expression') return false;
    if (at.type === 'member_expression' || at.type === 'subscript_expression') {
      const text = context.text(at);
      if (/^[\w$.]+$/.test(text) && text.includes('.')) names.add(text);
    }
    if (at.type === 'identifier') names.add(context.text(at));
    return undefined;
  });
  return [...names].filter((name) => {
    const binding = context.scope.lookup(name);
    return binding === undefined
      ? name.includes('.') || !/^[A-Z][A-Z0-9_]*$/.test(name)
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
const eitherWay = (names: readonly string[], safe: number): Checks => {
  const checks: readonly Check[] = names.length === 0 || safe === 0 ? [] : [{ names, safe }];
  return { whenTrue: checks, whenFalse: checks };
};

/** What matching a pattern says. Anchored at both ends: an allow-list; otherwise a deny-list of what it names. */
export function patternChecks(pattern: string, names: readonly string[]): Checks {
  const anchored = /^\^/.test(pattern) && /\$$/.test(pattern);
  const dotted = /\.[*+]/.test(pattern.replace(/\\./g, ''));
  if (anchored && !dotted)
    return proves(names, ALL & ~(/\[\^/.test(pattern) ? SHELL | SQL | HTML : 0));
  if (/^\^https?:/.test(pattern) && /\/|\$/.test(pattern.slice(8)))
    return proves(names, URL_TARGET);
  if (/^\^\\\/(\\w|\[\^?|\(\?!|\(\?:|[a-z])/.test(pattern)) return proves(names, URL_TARGET);
  return not(proves(names, deniedBits(pattern)));
}

/** Interpreters whose metacharacters a text or pattern names. */
export function deniedBits(pattern: string): number {
  let bits = 0;
  if (/[;|&`]|\\s/.test(pattern)) bits |= SHELL;
  if (/\.\.|\\\.\\\.|\//.test(pattern)) bits |= PATH;
  if (/</.test(pattern)) bits |= HTML;
  if (/\\[rn]|[\r\n]|\\x0|\\u000|%0/.test(pattern)) bits |= HEADER | LOG;
  if (/'/.test(pattern)) bits |= SQL | QUERY;
  if (/__proto__|constructor|prototype/.test(pattern)) bits |= KEY;
  if (/[*()]/.test(pattern)) bits |= QUERY;
  if (/\/\/|:/.test(pattern)) bits |= URL_TARGET;
  if (/\^\\w|\^a-z/i.test(pattern)) bits |= ALL;
  return bits;
}

function literalText(node: SyntaxNode | undefined, context: RuleContext): string | undefined {
  if (!node) return undefined;
  const value = context.value(node);
  return value.control === CLEAN ? value.text : undefined;
}

const isFixed = (node: SyntaxNode, context: RuleContext): boolean =>
  ['string', 'number', 'true', 'false'].includes(node.type) ||
  (node.type === 'template_string' && context.value(node).control === CLEAN);

function equalityChecks(node: SyntaxNode, context: RuleContext): Checks {
  const left = childOf(node, 'left')!;
  const right = childOf(node, 'right')!;
  const operator = context.text(childOf(node, 'operator')!);
  const equal = operator === '===' || operator === '==';
  const orient = (checks: Checks): Checks => (equal ? checks : not(checks));
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const text = context.text(side);
    if (/^typeof\b/.test(text)) {
      const kind = literalText(other, context);
      const names = mentionedNames(side, context);
      if (kind === 'number' || kind === 'boolean') return orient(proves(names, ALL));
      if (kind === 'string') return orient(proves(names, OBJECT));
      return NO_CHECKS;
    }
    if (/\.(indexOf|search|lastIndexOf)\(/.test(text) && isFixedNumber(other, context))
      return eitherWay(mentionedNames(side, context), callDenies(side, context) | PATH);
  }
  if (/^(null|undefined|''|""|true|false|0)$/.test(context.text(left) || '')) return NO_CHECKS;
  if (/^(null|undefined|''|""|true|false|0)$/.test(context.text(right))) return NO_CHECKS;
  for (const [side, other] of [
    [left, right],
    [right, left],
  ] as const) {
    if (isFixed(other, context)) {
      const text = literalText(other, context) ?? '';
      const names = mentionedNames(side, context);
      if (/^(__proto__|constructor|prototype)$/.test(text)) return orient(not(proves(names, KEY)));
      if (text === '..' || text === '.') return orient(not(proves(names, PATH)));
      if (/\.(length|size)$/.test(context.text(side))) return NO_CHECKS;
      return orient(proves(names, ALL));
    }
  }
  const a = context.value(left);
  const b = context.value(right);
  const names = [...mentionedNames(left, context), ...mentionedNames(right, context)];
  if (a.control <= 1 || b.control <= 1) return orient(proves(names, ALL));
  return orient(proves(names, a.safe | b.safe));
}

const isFixedNumber = (node: SyntaxNode, context: RuleContext): boolean =>
  /^-?\d+$/.test(context.text(node));

function callDenies(node: SyntaxNode, context: RuleContext): number {
  let bits = 0;
  walk(node, (at) => {
    if (at.type === 'string') bits |= deniedBits(context.text(at));
    return undefined;
  });
  return bits;
}

function callChecks(node: SyntaxNode, context: RuleContext): Checks {
  const callee = context.callee(node);
  const args = context.args(node);
  const fn = childOf(node, 'function');
  const receiver = fn?.type === 'member_expression' ? childOf(fn, 'object') : undefined;
  const method = callee.slice(callee.lastIndexOf('.') + 1);
  const first = args[0];
  if (receiver && first) {
    const receiverNames = mentionedNames(receiver, context);
    if (method === 'startsWith') {
      const text = literalText(first, context);
      const open = text !== undefined && /^(\/|https?:\/\/|)$/.test(text);
      if (text === '//' || text === '..' || text === '/\\')
        return not(proves(receiverNames, URL_TARGET | PATH));
      if (text?.startsWith('.')) return not(proves(receiverNames, PATH));
      if (text !== undefined && /^https?:\/\/[^/]+$/.test(text)) return proves(receiverNames, PATH);
      if (text === '/') return { whenTrue: [], whenFalse: [{ names: receiverNames, safe: PATH }] };
      return proves(receiverNames, open ? 0 : PATH | URL_TARGET | HEADER);
    }
    if (method === 'endsWith') return proves(receiverNames, URL_TARGET);
    if (method === 'includes' || method === 'has' || method === 'indexOf') {
      const text = literalText(first, context);
      if (/['"]__proto__['"]/.test(context.text(context.resolve(receiver))))
        return not(proves(mentionedNames(first, context), KEY));
      if (text !== undefined && text !== '' && context.value(receiver).control !== CLEAN)
        return not(proves(receiverNames, deniedBits(text)));
      return proves(mentionedNames(first, context), ALL);
    }
    if (method === 'some' || method === 'every' || method === 'find') {
      const names = mentionedNames(first, context);
      const inside: string[] = [];
      walk(first, (at) => {
        if (at.type === 'identifier') inside.push(context.text(at));
        return undefined;
      });
      const outer = inside.filter(
        (name) => (context.scope.lookup(name)?.value.control ?? 0) !== CLEAN,
      );
      return method === 'every'
        ? proves([...receiverNames, ...outer, ...names], ALL)
        : context.value(receiver).control <= 1
          ? proves([...outer, ...names], ALL)
          : not(proves(receiverNames, ALL));
    }
    if (method === 'test' || method === 'exec') {
      const pattern = context.resolve(receiver);
      const names = mentionedNames(first, context);
      if (pattern.type !== 'regex') return proves(names, ALL);
      return patternChecks(context.text(childOf(pattern, 'pattern') ?? pattern), names);
    }
    if (method === 'match') {
      const pattern = context.resolve(first);
      if (pattern.type !== 'regex') return proves(receiverNames, ALL);
      return patternChecks(context.text(childOf(pattern, 'pattern') ?? pattern), receiverNames);
    }
    if (method === 'hasOwnProperty' || method === 'propertyIsEnumerable')
      return proves(mentionedNames(first, context), ALL);
  }
  if (/^(Number|Object)\.|isNaN$|isFinite$|^hasOwn|\.hasOwnProperty\.call$/.test(callee)) {
    const names = args.flatMap((arg) => mentionedNames(arg, context));
    return /isNaN$/.test(callee) ? not(proves(names, ALL)) : proves(names, ALL);
  }
  if (method === 'isAbsolute')
    return not(
      proves(
        args.flatMap((arg) => mentionedNames(arg, context)),
        0,
      ),
    );
  if (CHECK_NAME.test(callee))
    return eitherWay(
      args.flatMap((arg) => mentionedNames(arg, context)),
      ALL,
    );
  return NO_CHECKS;
}

export function conditionChecks(node: SyntaxNode, context: RuleContext): Checks {
  switch (node.type) {
    case 'parenthesized_expression':
    case 'await_expression': {
      const inner = node.children.find((child) => child.named);
      return inner ? conditionChecks(inner, context) : NO_CHECKS;
    }
    case 'unary_expression': {
      const argument = childOf(node, 'argument');
      if (!argument || context.text(childOf(node, 'operator') ?? node) !== '!') return NO_CHECKS;
      return not(conditionChecks(argument, context));
    }
    case 'binary_expression': {
      const operator = context.text(childOf(node, 'operator')!);
      const left = childOf(node, 'left')!;
      const right = childOf(node, 'right')!;
      if (operator === '&&' || operator === '||' || operator === '??')
        return both(conditionChecks(left, context), conditionChecks(right, context));
      if (operator === 'in') return proves(mentionedNames(left, context), ALL & ~KEY);
      if (/^[!=]==?$/.test(operator)) return equalityChecks(node, context);
      if (/^[<>]=?$/.test(operator)) {
        if (/\.indexOf\(/.test(context.text(left)))
          return eitherWay(mentionedNames(left, context), callDenies(left, context) | PATH);
      }
      return NO_CHECKS;
    }
    case 'call_expression':
      return callChecks(node, context);
    case 'identifier':
      return context.scope.lookup(context.text(node))?.checks ?? NO_CHECKS;
    case 'subscript_expression': {
      const index = childOf(node, 'index');
      return index ? proves(mentionedNames(index, context), ALL & ~KEY) : NO_CHECKS;
    }
    case 'member_expression': {
      return NO_CHECKS;
    }
    default:
      return NO_CHECKS;
  }
}
