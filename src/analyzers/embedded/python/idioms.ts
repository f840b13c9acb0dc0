/** @file Secure idioms of Python; as in JavaScript, the safe act must bear on a value that is not constant. */
import type { Rule, RuleContext } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';
import { looksLikeSql, SECRET_NAME } from '../text-shapes.ts';
import { CLEAN, HTML, REGEX, SHELL, UNKNOWN } from '../value.ts';
import { conditionChecks } from './guards.ts';
import { sanitizerBits } from './names.ts';
import { keyword, positional } from './arguments.ts';

const idiom = (
  name: string,
  cwe: readonly string[],
  message: string,
  on: readonly string[],
  check: Rule['check'],
): Rule => ({
  id: `python/${name}`,
  cwe,
  severity: 'low',
  confidence: 1,
  message,
  on,
  check,
});
const isControlled = (node: SyntaxNode | undefined, context: RuleContext): boolean =>
  node !== undefined && context.value(node).control >= UNKNOWN;
const spanning = (from: SyntaxNode, to: SyntaxNode): SyntaxNode => ({ ...from, end: to.end });
const CONDITIONAL = ['if_statement', 'elif_clause', 'assert_statement', 'conditional_expression'];
const conditionOf = (node: SyntaxNode): SyntaxNode | undefined =>
  childOf(node, 'condition') ?? namedChildren(node)[node.type === 'conditional_expression' ? 1 : 0];
const proves = (condition: SyntaxNode, context: RuleContext): boolean => {
  const { whenTrue, whenFalse } = conditionChecks(condition, context);
  return whenTrue.length + whenFalse.length > 0;
};
const whenCallee = (
  name: string,
  cwe: readonly string[],
  message: string,
  pattern: RegExp,
  controlled = false,
): Rule =>
  idiom(
    name,
    cwe,
    message,
    ['call'],
    (node, context) =>
      pattern.test(context.callee(node)) &&
      (!controlled || isControlled(positional(node, 0, context), context)) &&
      node,
  );

export const PYTHON_IDIOMS: readonly Rule[] = [
  idiom(
    'parameterised-query',
    ['CWE-89'],
    'the SQL text is fixed and the values are passed beside it',
    ['call'],
    (node, context) => {
      const sql = positional(node, 0, context);
      const values =
        positional(node, 1, context) ??
        keyword(node, 'params', context) ??
        keyword(node, 'parameters', context);
      if (!sql || !values || /(log|print|format)/i.test(context.callee(node))) return;
      const query = context.value(sql);
      return (
        query.control <= UNKNOWN &&
        looksLikeSql(query.text) &&
        /%s|%\(\w+\)s|\?|\$\d|:\w+/.test(query.text) &&
        spanning(sql, values)
      );
    },
  ),
  idiom(
    'argument-list',
    ['CWE-78'],
    'the program gets its arguments as a list, no shell reads them',
    ['call'],
    (node, context) => {
      if (
        !/^subprocess\.\w+$|^os\.(exec|spawn)v\w*$|(^|\.)_*\w*(run|exec|ssh|cmd|execute)\w*$/.test(
          context.callee(node),
        )
      )
        return;
      const shell = keyword(node, 'shell', context);
      if (shell && context.text(shell) !== 'False') return;
      const list = positional(node, 0, context);
      const items = list && context.resolve(list);
      return (
        list !== undefined &&
        items?.type === 'list' &&
        !/^\[\s*['"](\/\w+)*\/?(ba|z|da)?sh['"]/.test(context.text(items)) &&
        namedChildren(items).some((item) => isControlled(item, context)) &&
        list
      );
    },
  ),
  idiom(
    'shell-quoting',
    ['CWE-78'],
    'the value is quoted for the shell',
    ['call'],
    (node, context) =>
      sanitizerBits(context.callee(node)) === SHELL &&
      isControlled(positional(node, 0, context), context) &&
      node,
  ),
  whenCallee(
    'file-name-only',
    ['CWE-22'],
    'only the last part of the path is used',
    /(^|\.)(basename|secure_filename|get_valid_filename)$/,
    true,
  ),
  whenCallee(
    'confined-join',
    ['CWE-22'],
    'the join refuses paths outside its folder',
    /(^|\.)safe_join$|(safe|secure|check)\w*_?(join|path)|(join|path)\w*_?(safe|within|inside|check)/i,
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
      return (
        /\.startswith\(|commonp(ath|refix)\(|is_relative_to\(|['"]\.\.['"/]|\.parents\b/.test(
          words,
        ) &&
        !/startswith\(\s*['"]https?/.test(words) &&
        proves(condition, context) &&
        condition
      );
    },
  ),
  idiom(
    'html-escaping',
    ['CWE-79'],
    'the value is escaped before it becomes markup',
    ['call'],
    (node, context) => {
      const bits = sanitizerBits(context.callee(node));
      return (
        (bits & HTML) !== 0 &&
        (bits & SHELL) === 0 &&
        context
          .args(node)
          .some((arg) =>
            isControlled(arg.type === 'keyword_argument' ? childOf(arg, 'value') : arg, context),
          ) &&
        node
      );
    },
  ),
  idiom(
    'autoescape',
    ['CWE-79'],
    'templates escape what they print',
    ['keyword_argument'],
    (node, context) =>
      context.text(childOf(node, 'name')!) === 'autoescape' &&
      context.text(childOf(node, 'value')!) !== 'False' &&
      node,
  ),
  whenCallee(
    'strong-random',
    ['CWE-330', 'CWE-338'],
    'the value is drawn from a cryptographic generator',
    /^secrets\.\w+$|^os\.urandom$|^random\.SystemRandom$|^uuid\.uuid4$/,
  ),
  whenCallee(
    'data-parser',
    ['CWE-95', 'CWE-94', 'CWE-502'],
    'the text is parsed as data, never run',
    /^(json\.loads?|ast\.literal_eval|yaml\.safe_load(_all)?)$/,
    true,
  ),
  whenCallee(
    'strong-hash',
    ['CWE-328', 'CWE-327'],
    'a hash function without known breaks',
    /^hashlib\.(sha(224|256|384|512)|sha3_\w+|blake2\w)$/,
  ),
  whenCallee(
    'slow-password-hash',
    ['CWE-916'],
    'the password hash is made to be slow',
    /^(hashlib\.scrypt|bcrypt\.hashpw|argon2\.\w+|PasswordHasher|generate_password_hash|werkzeug\.security\.generate_password_hash)$/,
  ),
  whenCallee(
    'constant-time-comparison',
    ['CWE-208'],
    'the comparison takes the same time whatever differs',
    /(^|\.)(compare_digest|constant_time_compare)$/,
  ),
  idiom(
    'secret-from-environment',
    ['CWE-798'],
    'the secret comes from the environment',
    ['subscript', 'call'],
    (node, context) => {
      const name =
        node.type === 'subscript'
          ? /^os\.environ\[/.test(context.text(node))
            ? childOf(node, 'subscript')
            : undefined
          : /^os\.(getenv|environ\.get)$/.test(context.callee(node)) &&
              positional(node, 1, context) === undefined
            ? positional(node, 0, context)
            : undefined;
      return (
        name !== undefined &&
        (SECRET_NAME.test(context.text(name).replace(/['"]/g, '')) ||
          /key|secret|token|passw/i.test(context.text(name))) &&
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
      return (
        condition &&
        /netloc|hostname|allowed_host|is_safe_url/.test(context.text(condition)) &&
        proves(condition, context) &&
        condition
      );
    },
  ),
  idiom(
    'allow-list',
    ['CWE-20', 'CWE-78', 'CWE-89', 'CWE-22', 'CWE-915'],
    'the value must be one of a fixed list',
    ['comparison_operator'],
    (node, context) => {
      const [left, right] = namedChildren(node);
      return (
        left !== undefined &&
        right !== undefined &&
        /^(not )?in$/.test(
          node.children
            .filter((at) => at.field === 'operators')
            .map((at) => context.text(at))
            .join(' '),
        ) &&
        left.type !== 'string' &&
        isControlled(left, context) &&
        context.value(right).control === CLEAN &&
        ancestorOf(node, (at) =>
          /^(if_statement|elif_clause|assert_statement|conditional_expression)$/.test(at.type),
        ) !== undefined &&
        node
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
      return (
        condition &&
        /fullmatch\(|match\(\s*r?['"]\^[^'"]*(\$|\\Z)['"]|\.(isalnum|isdigit|isidentifier)\(\)/.test(
          context.text(condition),
        ) &&
        proves(condition, context) &&
        condition
      );
    },
  ),
  idiom(
    'escaped-pattern',
    ['CWE-1333', 'CWE-625'],
    'the value is escaped before it becomes a pattern',
    ['call'],
    (node, context) =>
      sanitizerBits(context.callee(node)) === REGEX &&
      isControlled(positional(node, 0, context), context) &&
      node,
  ),
  idiom(
    'line-breaks-removed',
    ['CWE-117', 'CWE-113', 'CWE-93'],
    'line breaks are taken out of the value',
    ['call'],
    (node, context) =>
      /\.replace$/.test(context.callee(node)) &&
      /^['"]\\[rn]/.test(context.text(positional(node, 0, context) ?? node)) &&
      node,
  ),
  whenCallee(
    'hardened-xml',
    ['CWE-611', 'CWE-776'],
    'the parser refuses entities',
    /^defusedxml\.|(^|\.)defuse_stdlib$/,
  ),
  idiom(
    'entities-off',
    ['CWE-611'],
    'the parser leaves entities alone',
    ['keyword_argument'],
    (node, context) =>
      context.text(childOf(node, 'name')!) === 'resolve_entities' &&
      context.text(childOf(node, 'value')!) === 'False' &&
      node,
  ),
  idiom(
    'safe-loader',
    ['CWE-502'],
    'the loader makes plain data only',
    ['keyword_argument'],
    (node, context) =>
      context.text(childOf(node, 'name')!) === 'Loader' &&
      /Safe/.test(context.text(childOf(node, 'value')!)) &&
      node,
  ),
  whenCallee(
    'private-temporary-file',
    ['CWE-377'],
    'the temporary file has a name nobody can guess',
    /^tempfile\.(mkstemp|mkdtemp|NamedTemporaryFile|TemporaryDirectory|TemporaryFile|SpooledTemporaryFile)$/,
  ),
];
