/** @file Python: weak algorithms, guessable values, secrets in the source, unverified tokens. */
import type { Rule, RuleContext } from '../rule.ts';
import { childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';
import {
  COMPARED_SECRET_NAME,
  isUnguessableName,
  looksLikeSecret,
  SECRET_NAME,
} from '../text-shapes.ts';
import { CLEAN } from '../value.ts';
import { keyword, positional } from './arguments.ts';

const unquoted = (text: string): string => text.replace(/^[rbuf]*['"]{1,3}|['"]{1,3}$/gi, '');

/** Names of the variables and functions an expression ends up in, innermost first. */
export function namesAround(node: SyntaxNode, context: RuleContext): string[] {
  const names: string[] = [];
  for (let at = node.parent; at; at = at.parent) {
    const name =
      at.type === 'function_definition' ||
      at.type === 'class_definition' ||
      at.type === 'keyword_argument'
        ? childOf(at, 'name')
        : at.type === 'assignment' || at.type === 'augmented_assignment'
          ? childOf(at, 'left')
          : at.type === 'pair'
            ? childOf(at, 'key')
            : undefined;
    if (name && name !== node) names.push(unquoted(context.text(name)));
  }
  return names;
}

const weakHash: Rule = {
  id: 'python/weak-hash',
  cwe: ['CWE-328', 'CWE-327'],
  severity: 'medium',
  confidence: 0.8,
  message: 'MD5 and SHA-1 are broken; use SHA-256, or scrypt for passwords',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    const first = positional(node, 0, context);
    const named =
      callee === 'hashlib.new' &&
      first !== undefined &&
      /^(md[245]|sha-?1)$/i.test(unquoted(context.text(first)));
    if (
      !named &&
      !/^(hashlib|Crypto\.Hash|hashes)\.(md5|sha1|md4|MD5|SHA1|MD2)(\.new)?$|^(md5|sha)\.(new|md5|sha)$/.test(
        callee,
      )
    )
      return;
    const unused = keyword(node, 'usedforsecurity', context);
    if (unused && context.text(unused) === 'False') return;
    return (
      !namesAround(node, context).some((name) =>
        /etag|cache|gravatar|dedup|shard|bucket/i.test(name),
      ) && node
    );
  },
};

const fastPasswordHash: Rule = {
  id: 'python/fast-password-hash',
  cwe: ['CWE-916'],
  severity: 'medium',
  confidence: 0.75,
  message: 'a password is hashed with a function made to be fast; use scrypt, bcrypt or argon2',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    const first = positional(node, 0, context);
    if (callee === 'hashlib.pbkdf2_hmac') {
      const rounds = positional(node, 3, context);
      const count = rounds && Number(context.text(context.resolve(rounds)).replaceAll('_', ''));
      return count !== undefined && count < 10_000 && rounds;
    }
    if (!/^hashlib\.(sha224|sha256|sha384|sha512|sha3_\w+|blake2\w)$/.test(callee) || !first)
      return;
    return (
      /passw|pwd|passphrase/i.test(context.text(first)) &&
      !/hash|digest/i.test(context.text(first)) &&
      node
    );
  },
};

const weakCipher: Rule = {
  id: 'python/weak-cipher',
  cwe: ['CWE-327'],
  severity: 'high',
  confidence: 0.9,
  message: 'a broken cipher or mode; use AES-GCM or ChaCha20-Poly1305',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    if (
      /(^|\.)(DES3?|ARC4|ARC2|Blowfish|CAST|XOR)\.new$|(^|\.)algorithms\.(ARC4|Blowfish|IDEA|TripleDES|CAST5)$|(^|\.)modes\.ECB$/.test(
        callee,
      )
    )
      return node;
    return (
      /(^|\.)AES\.new$/.test(callee) &&
      context.args(node).some((arg) => /MODE_ECB/.test(context.text(arg))) &&
      node
    );
  },
};

const weakRandom: Rule = {
  id: 'python/weak-random',
  cwe: ['CWE-338', 'CWE-330'],
  severity: 'medium',
  confidence: 0.85,
  message: 'the random module can be predicted; use secrets for values that must not be guessed',
  on: ['call'],
  check(node, context) {
    if (
      !/^random\.(random|randint|randrange|choice|choices|sample|getrandbits|uniform|randbytes|shuffle)$|^(np|numpy)\.random\.\w+$/.test(
        context.callee(node),
      )
    )
      return;
    return namesAround(node, context).some(isUnguessableName) && node;
  },
};

const hardcodedSecret: Rule = {
  id: 'python/hard-coded-secret',
  cwe: ['CWE-798', 'CWE-259'],
  severity: 'high',
  confidence: 0.8,
  message: 'a secret is written into the source; read it from the environment or a secret store',
  on: [
    'assignment',
    'keyword_argument',
    'pair',
    'comparison_operator',
    'call',
    'default_parameter',
  ],
  check(node, context) {
    if (node.type === 'comparison_operator') {
      const [left, right] = namedChildren(node);
      if (left?.type !== 'identifier' && left?.type !== 'attribute' && left?.type !== 'subscript')
        return;
      return (
        right?.type === 'string' &&
        /(^|[._'"])(password|passwd|pwd|secret|api_?key|pin)['"\]]*$/i.test(context.text(left)) &&
        looksLikeSecret(unquoted(context.text(right))) &&
        right
      );
    }
    if (node.type === 'call') {
      const callee = context.callee(node);
      if (/^(os\.getenv|os\.environ\.get)$/.test(callee)) {
        const [name, fallback] = [positional(node, 0, context), positional(node, 1, context)];
        return (
          fallback?.type === 'string' &&
          name !== undefined &&
          SECRET_NAME.test(unquoted(context.text(name))) &&
          looksLikeSecret(unquoted(context.text(fallback))) &&
          fallback
        );
      }
      if (!/^(jwt\.(encode|decode)|hmac\.new)$/.test(callee)) return;
      const key = positional(node, callee === 'hmac.new' ? 0 : 1, context);
      const held = key && context.resolve(key);
      return held?.type === 'string' && unquoted(context.text(held)).length >= 3 && held;
    }
    const name = childOf(
      node,
      node.type === 'assignment' ? 'left' : node.type === 'pair' ? 'key' : 'name',
    );
    const value = childOf(node, node.type === 'assignment' ? 'right' : 'value');
    if (
      !name ||
      value?.type !== 'string' ||
      !SECRET_NAME.test(unquoted(context.text(name)).replace(/^.*[.[]['"]?|['"]?\]$/g, ''))
    )
      return;
    return (
      context.value(value).control === CLEAN &&
      looksLikeSecret(unquoted(context.text(value))) &&
      value
    );
  },
};

const timingUnsafe: Rule = {
  id: 'python/timing-unsafe-comparison',
  cwe: ['CWE-208'],
  severity: 'medium',
  confidence: 0.75,
  message:
    'a secret is compared with ==, which takes longer the more of it is right; use hmac.compare_digest',
  on: ['comparison_operator'],
  check(node, context) {
    const [left, right] = namedChildren(node);
    if (!left || !right || !/^[!=]=$/.test(context.text(childOf(node, 'operators')!))) return;
    const name = (side: SyntaxNode): string =>
      side.type === 'identifier'
        ? context.text(side)
        : side.type === 'attribute'
          ? context.text(childOf(side, 'attribute')!)
          : side.type === 'call' && /digest\(|hmac/.test(context.text(side))
            ? 'digest'
            : '';
    const names = [name(left), name(right)];
    if (names.includes('')) return;
    const computed = [left, right].some((side) =>
      /hexdigest\(|\.digest\(|hmac\.new/.test(context.text(context.resolve(side))),
    );
    return (
      (computed
        ? names.some((one) => COMPARED_SECRET_NAME.test(one))
        : names.every((one) => COMPARED_SECRET_NAME.test(one))) &&
      !/confirm|repeat|again|old|new/i.test(names.join(' ')) &&
      node
    );
  },
};

const tokenUnverified: Rule = {
  id: 'python/token-not-verified',
  cwe: ['CWE-347'],
  severity: 'high',
  confidence: 0.9,
  message: 'a signed token is read without verifying its signature',
  on: ['call'],
  check(node, context) {
    if (!/^(jwt|jose\.jwt)\.(decode|get_unverified_claims)$/.test(context.callee(node))) return;
    if (/get_unverified/.test(context.callee(node))) return node;
    const off =
      /verify_signature['"]\s*:\s*False/.test(context.text(node)) ||
      context.text(keyword(node, 'verify', context) ?? node) === 'False' ||
      /algorithms\s*=\s*\[[^\]]*['"]none['"]/i.test(context.text(node));
    return off && node;
  },
};

export const CRYPTO_RULES: readonly Rule[] = [
  weakHash,
  fastPasswordHash,
  weakCipher,
  weakRandom,
  hardcodedSecret,
  timingUnsafe,
  tokenUnverified,
];
