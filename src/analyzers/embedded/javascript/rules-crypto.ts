/** @file JavaScript: weak algorithms, reused nonces, comparisons that leak time, checks switched off. */
import type { Rule, RuleContext } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';
import { COMPARED_SECRET_NAME } from '../text-shapes.ts';

export const unquoted = (text: string): string => text.replace(/^['"`]|['"`]$/g, '');

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
  timingUnsafe,
  tlsOff,
  tokenUnverified,
];
