/** @file JavaScript: values that can be guessed, and secrets written into the source. */
import type { Rule, RuleContext } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, someNode, type SyntaxNode } from '../syntax-node.ts';
import { isUnguessableName, looksLikeSecret, SECRET_NAME } from '../text-shapes.ts';
import { CLEAN } from '../value.ts';
import { namesAround, unquoted } from './rules-crypto.ts';

const weakRandom: Rule = {
  id: 'javascript/weak-random',
  cwe: ['CWE-338', 'CWE-330'],
  severity: 'medium',
  confidence: 0.85,
  message:
    'Math.random can be predicted; use crypto.randomBytes or crypto.randomUUID for values that must not be guessed',
  on: ['call_expression'],
  check(node, context) {
    const fn = childOf(node, 'function');
    if (!fn || context.text(fn) !== 'Math.random') return;
    const around = namesAround(node, context);
    if (
      around.some((name) => /jitter|delay|backoff|shuffle|color|sample|animation|retry/i.test(name))
    )
      return;
    if (around.some(isUnguessableName)) return node;
    // The function's own words: `const chars = …; for (…) result += chars[Math.random()…]; return { token: result }`.
    const owner = ancestorOf(node, (at) => /function|method/.test(at.type));
    const words =
      owner &&
      someNode(
        owner,
        (at) =>
          (at.type === 'property_identifier' || at.type === 'identifier') &&
          /^(token|secret|password|sessionId|otp|nonce|salt|csrfToken|apiKey)$/i.test(
            context.text(at),
          ),
      );
    return words ? { node, confidence: 0.6 } : undefined;
  },
};

const predictableToken: Rule = {
  id: 'javascript/predictable-token',
  cwe: ['CWE-330'],
  severity: 'medium',
  confidence: 0.75,
  message: 'a token made of the time or a counter can be guessed; draw it with crypto.randomBytes',
  on: ['variable_declarator', 'return_statement'],
  check(node, context) {
    const value =
      node.type === 'variable_declarator' ? childOf(node, 'value') : namedChildren(node)[0];
    if (!value) return;
    const name =
      node.type === 'variable_declarator'
        ? context.text(childOf(node, 'name')!)
        : (namesAround(node, context)[0] ?? '');
    if (
      !/token|secret|session_?id|nonce|csrf|api_?key|reset_?(code|key|link)|password/i.test(name) ||
      /expir|created|issued|time|date|age|ttl|refill|bucket|count/i.test(name)
    )
      return;
    const text = context.text(value);
    if (!/Date\.now\(\)|new Date\(\)|process\.pid|\.getTime\(\)/.test(text)) return;
    if (
      /random|uuid|scrypt|createHmac|exp\b|expires|sign\(/i.test(text) ||
      value.type === 'object' ||
      /[<>]/.test(text)
    )
      return;
    return value;
  },
};

const hardcodedSecret: Rule = {
  id: 'javascript/hard-coded-secret',
  cwe: ['CWE-798', 'CWE-259'],
  severity: 'high',
  confidence: 0.8,
  message: 'a secret is written into the source; read it from the environment or a secret store',
  on: [
    'variable_declarator',
    'assignment_expression',
    'pair',
    'call_expression',
    'binary_expression',
  ],
  check(node, context) {
    if (node.type === 'call_expression') return secretArgument(node, context);
    if (node.type === 'binary_expression') return secretCompared(node, context);
    const name = childOf(
      node,
      node.type === 'variable_declarator' ? 'name' : node.type === 'pair' ? 'key' : 'left',
    );
    const value = childOf(node, node.type === 'assignment_expression' ? 'right' : 'value');
    if (!name || !value || !SECRET_NAME.test(unquoted(context.text(name)))) return;
    const held = literalWithin(value, context);
    return held && looksLikeSecret(unquoted(context.text(held))) && held;
  },
};

/** The literal itself, or the fallback in `process.env.X || 'literal'`. */
function literalWithin(value: SyntaxNode, context: RuleContext): SyntaxNode | undefined {
  if (value.type === 'string') return value;
  if (
    value.type === 'template_string' &&
    context.value(value).control === CLEAN &&
    !/\$\{/.test(context.text(value))
  )
    return value;
  if (value.type === 'call_expression' && /^Buffer\.from$/.test(context.callee(value)))
    return context.args(value)[0]?.type === 'string' ? context.args(value)[0] : undefined;
  if (
    value.type !== 'binary_expression' ||
    !/^(\|\||\?\?)$/.test(context.text(childOf(value, 'operator')!))
  )
    return undefined;
  const right = childOf(value, 'right');
  return right?.type === 'string' ? right : undefined;
}

function secretArgument(node: SyntaxNode, context: RuleContext): SyntaxNode | undefined | false {
  const callee = context.callee(node);
  const index =
    /^(jwt|jsonwebtoken)\.(sign|verify)$/.test(callee) ||
    /^crypto\.(createHmac|createCipheriv|createDecipheriv|createCipher)$/.test(callee)
      ? 1
      : -1;
  const key = index < 0 ? undefined : context.args(node)[index];
  if (!key) return;
  const held = literalWithin(context.resolve(key), context);
  return held !== undefined && unquoted(context.text(held)).length >= 3 && held;
}

function secretCompared(node: SyntaxNode, context: RuleContext): SyntaxNode | undefined | false {
  if (!/^[!=]==?$/.test(context.text(childOf(node, 'operator')!))) return;
  const left = childOf(node, 'left')!;
  const right = childOf(node, 'right')!;
  for (const [name, value] of [
    [left, right],
    [right, left],
  ] as const) {
    if (
      value.type !== 'string' ||
      !/^(identifier|member_expression|subscript_expression)$/.test(name.type)
    )
      continue;
    if (
      /(^|[._])(password|passwd|pwd|secret|api_?key|pin)$/i.test(context.text(name)) &&
      looksLikeSecret(unquoted(context.text(value)))
    )
      return value;
  }
  return;
}

export const SECRET_RULES: readonly Rule[] = [weakRandom, predictableToken, hardcodedSecret];
