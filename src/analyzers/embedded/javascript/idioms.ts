/**
 * @file Secure idioms of JavaScript: the places where a program does the safe thing. Each wants the safe act to bear on
 * a value that is not constant, so that `escapeHtml('')` sprinkled about is no idiom.
 */
import type { Rule, RuleContext } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';
import { looksLikeSql, SECRET_NAME } from '../text-shapes.ts';
import { CLEAN, HEADER, HTML, LOG, REGEX, SHELL, SQL, UNKNOWN } from '../value.ts';
import { conditionChecks } from './guards.ts';
import { sanitizerBits } from './names.ts';
import { namesAround } from './rules-crypto.ts';
import { hasOption, optionOf } from './rules-injection.ts';

const idiom = (
  name: string,
  cwe: readonly string[],
  message: string,
  on: readonly string[],
  check: Rule['check'],
): Rule => ({ id: `javascript/${name}`, cwe, severity: 'low', confidence: 1, message, on, check });

const isControlled = (node: SyntaxNode | undefined, context: RuleContext): boolean =>
  node !== undefined && context.value(node).control >= UNKNOWN;
const text = (node: SyntaxNode | undefined, context: RuleContext): string =>
  node ? context.text(node) : '';
const word = (node: SyntaxNode | undefined, context: RuleContext): string =>
  text(node && context.resolve(node), context).replace(/^['"`]|['"`]$/g, '');
/** A range from one node to another, shaped as a node. */
const spanning = (from: SyntaxNode, to: SyntaxNode): SyntaxNode => ({ ...from, end: to.end });

const CONDITIONAL = ['if_statement', 'ternary_expression'];
const conditionOf = (node: SyntaxNode): SyntaxNode | undefined => childOf(node, 'condition');
const provesSomething = (condition: SyntaxNode, context: RuleContext): boolean => {
  const { whenTrue, whenFalse } = conditionChecks(condition, context);
  return whenTrue.length + whenFalse.length > 0;
};

export const JAVASCRIPT_IDIOMS: readonly Rule[] = [
  idiom(
    'parameterised-query',
    ['CWE-89'],
    'the SQL text is fixed and the values are passed beside it',
    ['call_expression'],
    (node, context) => {
      const [sql, values] = context.args(node);
      if (
        !sql ||
        !/\.(query|execute|exec|run|all|get|each|raw|one|none|many|any)$/.test(context.callee(node))
      )
        return;
      const query = context.value(sql);
      if (query.control !== CLEAN || !looksLikeSql(query.text)) return;
      return values !== undefined && /\?|\$\d|[:@]\w/.test(query.text) && spanning(sql, values);
    },
  ),
  idiom(
    'prepared-statement',
    ['CWE-89'],
    'the statement is prepared with placeholders',
    ['call_expression'],
    (node, context) => {
      const [sql] = context.args(node);
      if (!sql || !/\.prepare$/.test(context.callee(node))) return;
      const query = context.value(sql);
      return (
        query.control === CLEAN &&
        looksLikeSql(query.text) &&
        /\?|\$\d|[:@]\w/.test(query.text) &&
        node
      );
    },
  ),
  idiom(
    'argument-list',
    ['CWE-78'],
    'the program gets its arguments as a list, no shell reads them',
    ['call_expression'],
    (node, context) => {
      if (
        !/^child_process\.(execFile|execFileSync|spawn|spawnSync)$/.test(context.callee(node)) ||
        hasOption(node, 'shell', context)
      )
        return;
      const [program, list] = context.args(node);
      if (
        !program ||
        !list ||
        context.value(program).control !== CLEAN ||
        /^['"`](ba|z|da)?sh['"`]$/.test(text(program, context))
      )
        return;
      const items = context.resolve(list);
      return (
        items.type === 'array' &&
        namedChildren(items).some((item) => isControlled(item, context)) &&
        spanning(node, list)
      );
    },
  ),
  idiom(
    'shell-quoting',
    ['CWE-78'],
    'the value is quoted for the shell',
    ['call_expression'],
    (node, context) =>
      (sanitizerBits(context.callee(node)) & ~(HTML | SQL)) === SHELL &&
      isControlled(context.args(node)[0], context) &&
      node,
  ),
  idiom(
    'file-name-only',
    ['CWE-22'],
    'only the last part of the path is used',
    ['call_expression'],
    (node, context) =>
      context.callee(node) === 'path.basename' &&
      isControlled(context.args(node)[0], context) &&
      node,
  ),
  idiom(
    'path-containment',
    ['CWE-22'],
    'the path is checked to lie inside its folder',
    CONDITIONAL,
    (node, context) => {
      const condition = conditionOf(node);
      if (!condition) return;
      const words = context.text(condition);
      const contained =
        /\.startsWith\(/.test(words) && !/startsWith\(\s*['"`](https?:|\/\/?['"`])/.test(words);
      const refused =
        /\.(includes|indexOf)\(\s*['"`](\.\.|\/)/.test(words) || /['"`]\.\.['"`]/.test(words);
      return (
        (contained || refused || /path\.relative\(|\.isAbsolute\(/.test(words)) &&
        provesSomething(condition, context) &&
        condition
      );
    },
  ),
  idiom(
    'html-escaping',
    ['CWE-79'],
    'the value is escaped before it becomes markup',
    ['call_expression'],
    (node, context) => {
      const callee = context.callee(node);
      const bits = sanitizerBits(callee);
      if ((bits & HTML) !== 0 && (bits & SHELL) === 0)
        return isControlled(context.args(node)[0], context) && node;
      // A chain of replacements that starts with & or <, seen at its outermost call.
      if (!/\.replace(All)?$/.test(callee) || node.parent?.type === 'member_expression') return;
      return /&lt;/.test(context.text(node)) && /&amp;|&gt;/.test(context.text(node)) && node;
    },
  ),
  idiom(
    'text-content',
    ['CWE-79'],
    'the value is set as text, not as markup',
    ['assignment_expression'],
    (node, context) =>
      /\.(textContent|innerText)$/.test(text(childOf(node, 'left'), context)) &&
      isControlled(childOf(node, 'right'), context) &&
      node,
  ),
  idiom(
    'strong-random',
    ['CWE-338', 'CWE-330'],
    'the value is drawn from a cryptographic generator',
    ['call_expression'],
    (node, context) =>
      /^(crypto\.(randomBytes|randomUUID|randomInt|webcrypto\.getRandomValues|getRandomValues)|nanoid|uuidv4)$/.test(
        context.callee(node),
      ) && node,
  ),
  idiom(
    'data-parser',
    ['CWE-95', 'CWE-94', 'CWE-502'],
    'the text is parsed as data, never run',
    ['call_expression'],
    (node, context) =>
      context.callee(node) === 'JSON.parse' && isControlled(context.args(node)[0], context) && node,
  ),
  idiom(
    'strong-hash',
    ['CWE-328', 'CWE-327'],
    'a hash function without known breaks',
    ['call_expression'],
    (node, context) =>
      /^crypto\.(createHash|createHmac)$/.test(context.callee(node)) &&
      /^(sha(256|384|512)|sha3-\d+|sha512-256|blake2\w+)$/i.test(
        word(context.args(node)[0], context),
      ) &&
      node,
  ),
  idiom(
    'slow-password-hash',
    ['CWE-916'],
    'the password hash is made to be slow',
    ['call_expression'],
    (node, context) =>
      /^(crypto\.(scrypt|scryptSync|pbkdf2|pbkdf2Sync)|bcrypt(js)?\.hash(Sync)?|argon2\.hash)$/.test(
        context.callee(node),
      ) && node,
  ),
  idiom(
    'authenticated-cipher',
    ['CWE-327'],
    'the cipher also protects against changes',
    ['call_expression'],
    (node, context) =>
      /^crypto\.createCipheriv$/.test(context.callee(node)) &&
      /gcm|ccm|poly1305/i.test(word(context.args(node)[0], context)) &&
      node,
  ),
  idiom(
    'constant-time-comparison',
    ['CWE-208'],
    'the comparison takes the same time whatever differs',
    ['call_expression'],
    (node, context) => context.callee(node) === 'crypto.timingSafeEqual' && node,
  ),
  idiom(
    'secret-from-environment',
    ['CWE-798'],
    'the secret comes from the environment',
    ['member_expression', 'subscript_expression'],
    (node, context) => {
      if (!/^process\.env(\.\w+|\[['"]\w+['"]\])$/.test(context.text(node))) return;
      const fallback =
        node.parent?.type === 'binary_expression' ? childOf(node.parent, 'right') : undefined;
      if (
        fallback &&
        fallback !== node &&
        (fallback.type === 'string' || context.resolve(fallback).type === 'string')
      )
        return;
      const names = [
        ...namesAround(node, context),
        context.text(node).replace(/^.*[.[]['"]?|['"]?\]?$/g, ''),
      ];
      return (
        names.some((name) => SECRET_NAME.test(name) || /key|secret|token|passw|code/i.test(name)) &&
        node
      );
    },
  ),
  idiom(
    'host-allow-list',
    ['CWE-918', 'CWE-601'],
    'the host is compared with those allowed',
    CONDITIONAL,
    (node, context) => {
      const condition = conditionOf(node);
      if (!condition) return;
      const words = context.text(condition);
      return (
        /\.(hostname|host|origin)\b/.test(words) &&
        (/\.(has|includes|indexOf|some)\(/.test(words) || /[!=]==/.test(words)) &&
        provesSomething(condition, context) &&
        condition
      );
    },
  ),
  idiom(
    'fixed-host-prefix',
    ['CWE-918', 'CWE-601'],
    'the address must begin with a whole host',
    ['call_expression'],
    (node, context) =>
      /\.startsWith$/.test(context.callee(node)) &&
      /^['"`]https?:\/\/[^/]+\//.test(text(context.args(node)[0], context)) &&
      node,
  ),
  idiom(
    'local-redirect',
    ['CWE-601'],
    'only paths of this site are followed',
    CONDITIONAL,
    (node, context) => {
      const condition = conditionOf(node);
      if (!condition) return;
      const words = context.text(condition);
      return (
        (/startsWith\(\s*['"`]\/\/['"`]/.test(words) || /\/\^\\\/(\\w|\[|\(\?!)/.test(words)) &&
        provesSomething(condition, context) &&
        condition
      );
    },
  ),
  idiom(
    'encoded-component',
    ['CWE-918', 'CWE-601', 'CWE-79'],
    'the value is encoded as one component of a URL',
    ['call_expression'],
    (node, context) =>
      context.callee(node) === 'encodeURIComponent' &&
      isControlled(context.args(node)[0], context) &&
      node,
  ),
  idiom(
    'refused-prototype-key',
    ['CWE-1321'],
    'keys that reach the prototype are refused',
    CONDITIONAL,
    (node, context) => {
      const condition = conditionOf(node);
      return (
        condition &&
        /__proto__/.test(context.text(condition) + namesResolved(condition, context)) &&
        provesSomething(condition, context) &&
        condition
      );
    },
  ),
  idiom(
    'object-without-prototype',
    ['CWE-1321'],
    'the object has no prototype to reach',
    ['call_expression'],
    (node, context) =>
      context.callee(node) === 'Object.create' &&
      text(context.args(node)[0], context) === 'null' &&
      node,
  ),
  idiom(
    'own-keys-only',
    ['CWE-1321', 'CWE-915'],
    'only keys the object itself has are used',
    ['call_expression'],
    (node, context) =>
      /^Object\.hasOwn$|\.hasOwnProperty(\.call)?$/.test(context.callee(node)) &&
      context.args(node).some((arg) => isControlled(arg, context)) &&
      node,
  ),
  idiom(
    'allow-list',
    ['CWE-20', 'CWE-78', 'CWE-89', 'CWE-22', 'CWE-915'],
    'the value must be one of a fixed list',
    CONDITIONAL,
    (node, context) => {
      const condition = conditionOf(node);
      const call = condition && firstCall(condition);
      if (!condition || !call || !/\.(has|includes)$/.test(context.callee(call))) return;
      const receiver = childOf(childOf(call, 'function') ?? call, 'object');
      return (
        receiver !== undefined &&
        context.value(receiver).control <= UNKNOWN &&
        !/__proto__/.test(text(context.resolve(receiver), context)) &&
        provesSomething(condition, context) &&
        condition
      );
    },
  ),
  idiom(
    'anchored-pattern',
    ['CWE-20', 'CWE-78', 'CWE-22'],
    'the whole value must match a strict pattern',
    CONDITIONAL,
    (node, context) => {
      const condition = conditionOf(node);
      if (
        !condition ||
        !/\/\^(\[|\\[wd]|\(\?:\[|[a-z])[^/]*\$\/\w*\.test\(|\.test\(/.test(context.text(condition))
      )
        return;
      const { whenTrue, whenFalse } = conditionChecks(condition, context);
      return (
        [...whenTrue, ...whenFalse].some(
          (check) => (check.safe & (SHELL | SQL)) === (SHELL | SQL),
        ) && condition
      );
    },
  ),
  idiom(
    'escaped-pattern',
    ['CWE-1333', 'CWE-625'],
    'the value is escaped before it becomes a pattern',
    ['call_expression'],
    (node, context) => {
      const callee = context.callee(node);
      if (/\.replace(All)?$/.test(callee)) return /\\\\\$&/.test(context.text(node)) && node;
      return (
        sanitizerBits(callee) === REGEX && isControlled(context.args(node)[0], context) && node
      );
    },
  ),
  idiom(
    'line-breaks-removed',
    ['CWE-117', 'CWE-113', 'CWE-93'],
    'line breaks are taken out of the value',
    ['call_expression'],
    (node, context) => {
      if (!/\.replace(All)?$/.test(context.callee(node))) return;
      const pattern = text(
        context.args(node)[0] && context.resolve(context.args(node)[0]!),
        context,
      );
      return /\\[rn]/.test(pattern) && /g\w*$|^['"`]/.test(pattern) && node;
    },
  ),
  idiom(
    'quoted-log-value',
    ['CWE-117'],
    'the value is logged in quoted form',
    ['call_expression'],
    (node, context) => {
      if (
        context.callee(node) !== 'JSON.stringify' ||
        !isControlled(context.args(node)[0], context)
      )
        return;
      const sink = ancestorOf(
        node,
        (at) => at.type === 'call_expression' && /log|append|write/i.test(context.callee(at)),
      );
      return sink !== undefined && (context.value(node).safe & (LOG | HEADER)) !== 0 && node;
    },
  ),
  idiom(
    'verified-token',
    ['CWE-347'],
    'the signature of the token is verified',
    ['call_expression'],
    (node, context) =>
      /^(jwt|jsonwebtoken)\.verify$|^crypto\.(createVerify|verify)$/.test(context.callee(node)) &&
      node,
  ),
  idiom(
    'verified-certificates',
    ['CWE-295'],
    'certificates are verified',
    ['pair'],
    (node, context) =>
      /^['"]?rejectUnauthorized/.test(text(childOf(node, 'key'), context)) &&
      text(childOf(node, 'value'), context) === 'true' &&
      node,
  ),
  idiom(
    'protected-cookie',
    ['CWE-614', 'CWE-1004'],
    'the cookie is kept from scripts and plain connections',
    ['call_expression'],
    (node, context) => {
      const options = context.args(node)[2];
      if (!options || !/\.(cookie|setCookie)$/.test(context.callee(node))) return;
      const on = (flag: string): boolean =>
        text(optionOf(options, flag, context), context) === 'true';
      return on('httpOnly') && on('secure') && options;
    },
  ),
  idiom(
    'private-temporary-folder',
    ['CWE-377'],
    'the temporary folder has a name nobody can guess',
    ['call_expression'],
    (node, context) => /^fs\.(promises\.)?mkdtemp(Sync)?$/.test(context.callee(node)) && node,
  ),
  idiom(
    'plain-error-reply',
    ['CWE-209'],
    'the client learns that something failed, not what',
    ['call_expression'],
    (node, context) => {
      if (
        !/(^|\.|\))(send|json|end)$/.test(context.callee(node)) ||
        !/^(res|response|reply)\b/.test(context.text(node))
      )
        return;
      const [reply] = context.args(node);
      return (
        ancestorOf(node, (at) => at.type === 'catch_clause') !== undefined &&
        reply !== undefined &&
        context.value(reply).control === CLEAN &&
        node
      );
    },
  ),
];

const firstCall = (node: SyntaxNode): SyntaxNode | undefined => {
  if (node.type === 'call_expression') return node;
  for (const child of node.children) {
    const found = firstCall(child);
    if (found) return found;
  }
  return undefined;
};
/** The definitions of the lists a condition consults. */
function namesResolved(condition: SyntaxNode, context: RuleContext): string {
  const call = firstCall(condition);
  const receiver = call && childOf(childOf(call, 'function') ?? call, 'object');
  return receiver ? context.text(context.resolve(receiver)) : '';
}
