/** @file JavaScript: weak algorithms, guessable values, secrets in the source, comparisons that leak time, TLS switched off. */
import type { Rule, RuleContext } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, someNode, type SyntaxNode } from '../syntax-node.ts';
import {
  COMPARED_SECRET_NAME,
  looksLikeSecret,
  SECRET_NAME,
  isUnguessableName,
} from '../text-shapes.ts';
import { CLEAN } from '../value.ts';

const unquoted = (text: string): string => text.replace(/^['"`]|['"`]$/g, '');

/** Names around an expression: the variables, properties and functions it ends up in, innermost first. */
export function namesAround(node: SyntaxNode, context: RuleContext): string[] {
  const names: string[] = [];
  for (let at: SyntaxNode | null = node.parent; at; at = at.parent) {
    const name =
      at.type === 'variable_declarator' ||
      at.type === 'function_declaration' ||
      at.type === 'method_definition' ||
      at.type === 'field_definition'
        ? (childOf(at, 'name') ?? childOf(at, 'property'))
        : at.type === 'assignment_expression' || at.type === 'augmented_assignment_expression'
          ? childOf(at, 'left')
          : at.type === 'pair'
            ? childOf(at, 'key')
            : undefined;
    if (name && node !== name) names.push(context.text(name));
  }
  return names;
}

const NOT_FOR_SECURITY = /etag|cache|dedup|gravatar|shard|bucket|colou?r/i;
const weakHash: Rule = {
  id: 'javascript/weak-hash',
  cwe: ['CWE-328', 'CWE-327'],
  severity: 'medium',
  confidence: 0.8,
  message: 'MD5 and SHA-1 are broken; use SHA-256, or scrypt for passwords',
  on: ['call_expression'],
  check(node, context) {
    const callee = context.callee(node);
    const direct = /^(md5|sha1|MD5|SHA1|CryptoJS\.(MD5|SHA1|HmacMD5))$/.test(callee);
    const first = context.args(node)[0];
    const algorithm = first ? unquoted(context.text(context.resolve(first))) : '';
    if (
      !direct &&
      !(
        /^crypto\.(createHash|createHmac|hash|createSign|createVerify)$/.test(callee) &&
        /^(rsa-)?(md[245]|sha-?1|ripemd(160)?)$/i.test(algorithm)
      )
    )
      return;
    return !namesAround(node, context).some((name) => NOT_FOR_SECURITY.test(name)) && node;
  },
};

const fastPasswordHash: Rule = {
  id: 'javascript/fast-password-hash',
  cwe: ['CWE-916'],
  severity: 'medium',
  confidence: 0.75,
  message: 'a password is hashed with a function made to be fast; use scrypt, bcrypt or argon2',
  on: ['call_expression'],
  check(node, context) {
    const callee = context.callee(node);
    if (/^crypto\.pbkdf2(Sync)?$/.test(callee)) {
      const rounds = context.args(node)[2];
      const count = rounds && Number(context.text(context.resolve(rounds)).replaceAll('_', ''));
      return count !== undefined && count < 10_000 && { node: rounds!, confidence: 0.8 };
    }
    if (/^bcrypt(js)?\.(hash|hashSync|genSalt|genSaltSync)$/.test(callee)) {
      const cost = context.args(node).at(-1);
      return cost?.type === 'number' && Number(context.text(cost)) < 8 && cost;
    }
    if (!/\.update$/.test(callee)) return;
    const chain = context.text(childOf(node, 'function') ?? node);
    if (!/createHash\(/.test(chain)) return;
    const first = context.args(node)[0];
    return (
      first !== undefined &&
      /passw|pwd|passphrase/i.test(context.text(first)) &&
      !/hash|digest/i.test(context.text(first)) &&
      node
    );
  },
};

const weakCipher: Rule = {
  id: 'javascript/weak-cipher',
  cwe: ['CWE-327'],
  severity: 'high',
  confidence: 0.9,
  message: 'a broken cipher or mode; use aes-256-gcm with a random nonce',
  on: ['call_expression'],
  check(node, context) {
    const callee = context.callee(node);
    if (/^crypto\.(createCipher|createDecipher)$/.test(callee)) return node;
    if (
      !/^crypto\.create(C|Dec)ipheriv$/i.test(callee) &&
      !/^crypto\.create(Cipher|Decipher)iv$/.test(callee)
    ) {
      return /^CryptoJS\.(DES|RC4|TripleDES|Rabbit)\.encrypt$/.test(callee) && node;
    }
    const first = context.args(node)[0];
    return (
      first !== undefined &&
      /^(des|rc2|rc4|bf|blowfish|cast|seed|idea)|-ecb$|ecb$/i.test(
        unquoted(context.text(context.resolve(first))),
      ) &&
      first
    );
  },
};

const fixedNonce: Rule = {
  id: 'javascript/fixed-nonce',
  cwe: ['CWE-329'],
  severity: 'medium',
  confidence: 0.85,
  message: 'the initialisation vector is always the same; draw it with crypto.randomBytes',
  on: ['call_expression'],
  check(node, context) {
    if (!/^crypto\.createCipheriv$/.test(context.callee(node))) return;
    const nonce = context.args(node)[2];
    if (!nonce) return;
    const text = context.text(context.resolve(nonce));
    return (
      (/^Buffer\.alloc\(\d+(,\s*\d+)?\)$/.test(text) ||
        /^Buffer\.from\(\s*['"`][^$]*['"`]\s*(,\s*['"]\w+['"])?\)$/.test(text) ||
        /^['"]/.test(text)) &&
      nonce
    );
  },
};

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

const lastName = (node: SyntaxNode, context: RuleContext): string => {
  const inner = node.type === 'parenthesized_expression' ? (namedChildren(node)[0] ?? node) : node;
  if (inner.type === 'identifier') return context.text(inner);
  if (inner.type === 'member_expression') return context.text(childOf(inner, 'property') ?? inner);
  if (inner.type === 'subscript_expression')
    return unquoted(context.text(childOf(inner, 'index') ?? inner));
  if (inner.type === 'call_expression')
    return /\.digest\(|createHmac|createHash|^(sign|hmac|computeSignature|computeHmac)\w*\(/.test(
      context.text(inner),
    )
      ? 'digest'
      : '';
  return '';
};
const timingUnsafe: Rule = {
  id: 'javascript/timing-unsafe-comparison',
  cwe: ['CWE-208'],
  severity: 'medium',
  confidence: 0.75,
  message:
    'a secret is compared with ===, which takes longer the more of it is right; use crypto.timingSafeEqual',
  on: ['binary_expression'],
  check(node, context) {
    if (!/^[!=]==?$/.test(context.text(childOf(node, 'operator')!))) return;
    const left = childOf(node, 'left')!;
    const right = childOf(node, 'right')!;
    const names = [lastName(left, context), lastName(right, context)];
    if (names.some((name) => name === '' || /^(length|undefined|null|type|kind)$/.test(name)))
      return;
    const secret = names.map((name) => COMPARED_SECRET_NAME.test(name));
    const computed = [left, right].some((side) =>
      /\.digest\(|createHmac|[sS]ign(ature)?\(/.test(context.text(context.resolve(side))),
    );
    if (
      !computed &&
      !(secret[0] && secret[1]) &&
      !(
        secret.some(Boolean) &&
        names.some((name) =>
          /^(expected|given|provided|actual|supplied|received|candidate|stored)/i.test(name),
        )
      )
    )
      return;
    // Two fields typed in by the same person tell nobody anything.
    if (
      /confirm|repeat|again/i.test(names.join(' ')) ||
      /current|old.*new|new.*old|prev/i.test(names.join(' '))
    )
      return;
    return secret.some(Boolean) || computed ? node : undefined;
  },
};

const tlsOff: Rule = {
  id: 'javascript/tls-verification-off',
  cwe: ['CWE-295'],
  severity: 'high',
  confidence: 0.95,
  message: 'certificates are not verified, so anybody on the way can pose as the server',
  on: ['pair', 'assignment_expression'],
  check(node, context) {
    if (node.type === 'pair') {
      const key = unquoted(context.text(childOf(node, 'key')!));
      const value = childOf(node, 'value')!;
      const text = context.text(context.resolve(value));
      if (/^(rejectUnauthorized|strictSSL|verify_?ssl|sslVerify)$/.test(key) && text === 'false')
        return node;
      if (/^(insecure|insecureSkipVerify)$/.test(key) && text === 'true') return node;
      return (
        key === 'checkServerIdentity' &&
        /=>\s*(undefined|null|true|\{\s*\}|void 0)$/.test(text) &&
        node
      );
    }
    return (
      /NODE_TLS_REJECT_UNAUTHORIZED/.test(context.text(childOf(node, 'left')!)) &&
      /^['"]?0['"]?$/.test(context.text(childOf(node, 'right')!)) &&
      node
    );
  },
};

const tokenUnverified: Rule = {
  id: 'javascript/token-not-verified',
  cwe: ['CWE-347'],
  severity: 'high',
  confidence: 0.8,
  message: 'a signed token is read without verifying its signature',
  on: ['call_expression', 'pair'],
  check(node, context) {
    if (node.type === 'pair')
      return (
        /^['"]?algorithms['"]?$/.test(context.text(childOf(node, 'key')!)) &&
        /['"]none['"]/i.test(context.text(childOf(node, 'value')!)) &&
        node
      );
    const callee = context.callee(node);
    const owner = ancestorOf(node, (at) => /function|method/.test(at.type));
    const around = owner ? context.text(owner) : context.code;
    if (/verif|createHmac|timingSafeEqual|checkSign/i.test(around)) return;
    if (/^(jwt|jsonwebtoken)\.decode$|^(jwt_?decode|jwtDecode)$/.test(callee)) return node;
    // By hand: the middle part of a dotted token is decoded and believed.
    const first = context.args(node)[0];
    return (
      callee.endsWith('.split') &&
      first !== undefined &&
      /^['"`]\.['"`]$/.test(context.text(first)) &&
      /base64|atob\(/.test(around) &&
      /JSON\.parse\(/.test(around) &&
      node
    );
  },
};

export const CRYPTO_RULES: readonly Rule[] = [
  weakHash,
  fastPasswordHash,
  weakCipher,
  fixedNonce,
  weakRandom,
  predictableToken,
  hardcodedSecret,
  timingUnsafe,
  tlsOff,
  tokenUnverified,
];
