/** @file Rewrites: broken hashes -> SHA-256; predictable random text and numbers -> the crypto module's; certificate checks on. */
import { argumentsOf, type Edit, type Program } from './program.ts';
import type { RewriteRule } from './rule.ts';
import type { SyntaxNode } from '../../../../code/syntax-tree.ts';

export const strongHash: RewriteRule = {
  name: 'strong-hash',
  cwe: ['CWE-327', 'CWE-328', 'CWE-916'],
  rewrite: (program) =>
    program.all('call_expression').flatMap((call) => {
      const callee = call.childForFieldName('function')?.text ?? '';
      const first = argumentsOf(call)[0];
      if (!/(?:^|\.)create(?:Hash|Hmac)$/.test(callee) || first === undefined) return [];
      const named = program.declaratorOf(first)?.childForFieldName('value') ?? first;
      if (!/^['"`](?:md4|md5|sha1|sha-1|ripemd160)['"`]$/i.test(named.text)) return [];
      return [[{ start: named.startIndex, end: named.endIndex, text: "'sha256'" }]];
    }),
};

export const strongRandom: RewriteRule = {
  name: 'strong-random',
  cwe: ['CWE-330', 'CWE-331', 'CWE-338'],
  rewrite(program) {
    const places: Edit[][] = [];
    const crypto = program.moduleName('crypto') ?? "require('crypto')";
    for (const call of program.all('call_expression')) {
      if (call.text !== 'Math.random()') continue;
      const edit = integerBelow(call, crypto) ?? textOf(call, crypto);
      if (edit !== undefined) places.push([edit]);
    }
    return places;
  },
};

/** `Math.floor(Math.random() * n)` -> `crypto.randomInt(n)`; also `| 0`, `~~(...)`, Math.trunc. */
function integerBelow(random: SyntaxNode, crypto: string): Edit | undefined {
  const product = random.parent;
  if (product?.type !== 'binary_expression' || product.childForFieldName('operator')?.text !== '*')
    return undefined;
  const left = product.childForFieldName('left')!;
  const factor = left.id === random.id ? product.childForFieldName('right')! : left;
  let around: SyntaxNode | null = product.parent;
  while (
    around !== null &&
    (around.type === 'parenthesized_expression' || around.type === 'arguments')
  )
    around = around.parent;
  if (around === null) return undefined;
  const rounds =
    (around.type === 'call_expression' &&
      /^Math\.(?:floor|trunc)$/.test(around.childForFieldName('function')?.text ?? '')) ||
    (around.type === 'binary_expression' && /^\|0$/.test(around.text.slice(-3).replace(/\s/g, '')));
  if (!rounds) return undefined;
  return {
    start: around.startIndex,
    end: around.endIndex,
    text: `${crypto}.randomInt(${factor.text})`,
  };
}

/** `Math.random().toString(36).slice(2, 10)` -> as many hexadecimal digits from randomBytes. */
function textOf(random: SyntaxNode, crypto: string): Edit | undefined {
  let outer: SyntaxNode = random;
  let digits: number | undefined;
  for (let parent = outer.parent; parent?.type === 'member_expression'; parent = outer.parent) {
    const call: SyntaxNode | null = parent.parent;
    const method = parent.childForFieldName('property')?.text ?? '';
    if (call?.type !== 'call_expression' || !/^(?:toString|slice|substring|substr)$/.test(method))
      break;
    const numbers = argumentsOf(call).map((argument) => Number(argument.text));
    if (method !== 'toString' && numbers.length === 2 && numbers.every(Number.isFinite))
      digits = method === 'substr' ? numbers[1]! : numbers[1]! - numbers[0]!;
    outer = call;
  }
  if (outer.id === random.id) return undefined;
  const bytes = digits === undefined || digits < 16 ? 16 : Math.ceil(digits / 2);
  return {
    start: outer.startIndex,
    end: outer.endIndex,
    text: `${crypto}.randomBytes(${bytes}).toString('hex')`,
  };
}

export const certificateChecks: RewriteRule = {
  name: 'certificate-checks',
  cwe: ['CWE-295'],
  rewrite: (program: Program) =>
    program.all('pair').flatMap((pair) => {
      const value = pair.childForFieldName('value');
      const key = pair.childForFieldName('key')?.text.replace(/['"]/g, '');
      if (key !== 'rejectUnauthorized' || value?.text !== 'false') return [];
      return [[{ start: value.startIndex, end: value.endIndex, text: 'true' }]];
    }),
};
