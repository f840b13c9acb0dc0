/** @file JavaScript: files: paths from outside, guessable names, rights for everybody. */
import type { Rule } from '../rule.ts';
import { childOf, type SyntaxNode } from '../syntax-node.ts';
import { INPUT, isUnsafeFor, PARAMETER, PATH } from '../value.ts';
import { hasOption } from './rules-injection.ts';

const FILE_CALL =
  /^fs\.(readFile|writeFile|appendFile|createReadStream|createWriteStream|unlink|rm|rmdir|readdir|open|copyFile|rename|mkdir|stat|lstat|access|exists|truncate|chmod|symlink|link|readJson|outputFile|remove|move|ensureDir|cp)(Sync)?$/;

const pathTraversal: Rule = {
  id: 'javascript/path-traversal',
  cwe: ['CWE-22'],
  severity: 'high',
  confidence: 0.85,
  message: 'a file path is built from a value without checking that it stays inside its folder',
  on: ['call_expression'],
  check(node, context) {
    const callee = context.callee(node).replace(/^fs\.promises\./, 'fs.');
    const args = context.args(node);
    const two = /\.(rename|copyFile|symlink|link|move|cp)(Sync)?$/.test(callee);
    const sends = /^(res|response|reply)\.(sendFile|download|sendfile)$/.test(callee);
    if (!sends && !FILE_CALL.test(callee)) return;
    if (sends && hasOption(node, 'root', context)) return;
    for (const arg of args.slice(0, two ? 2 : 1)) {
      const value = context.value(arg);
      if (isUnsafeFor(value, PATH, PARAMETER) && (value.composed || value.control === INPUT))
        return { node: arg, confidence: value.control === INPUT ? 0.95 : 0.8 };
    }
    return;
  },
};

const temporaryFile: Rule = {
  id: 'javascript/predictable-temporary-file',
  cwe: ['CWE-377'],
  severity: 'low',
  confidence: 0.6,
  message: 'a temporary file has a name that others can guess; use fs.mkdtemp or a random name',
  on: ['call_expression'],
  check(node, context) {
    if (
      !/^fs\.(promises\.)?(writeFile|open|createWriteStream|appendFile)(Sync)?$/.test(
        context.callee(node),
      )
    )
      return;
    const first = context.args(node)[0];
    if (!first) return;
    const text = context.text(context.resolve(first));
    return (
      /(['"`]\/tmp\/|os\.tmpdir\(\)|tmpdir\(\))/.test(text) &&
      !/random|mkdtemp|uuid|nanoid/i.test(text.replace(/Math\.random/g, '')) &&
      /Math\.random|Date\.now|process\.pid|['"`]\/tmp\/[\w.-]+['"`]/.test(text) &&
      !/wx|O_EXCL/.test(context.text(node)) &&
      first
    );
  },
};

const permissions: Rule = {
  id: 'javascript/loose-permissions',
  cwe: ['CWE-732'],
  severity: 'medium',
  confidence: 0.8,
  message: 'a file is made writable for everybody',
  on: ['call_expression', 'pair'],
  check(node, context) {
    const loose = (mode: SyntaxNode | undefined): boolean =>
      mode !== undefined &&
      /^(0o?|['"]0?)?[0-7]?[0-7][0-7][2367]['"]?$/.test(context.text(mode)) &&
      /^(0o|0[0-7]|['"])/.test(context.text(mode));
    if (node.type === 'pair') {
      const value = childOf(node, 'value');
      return context.text(childOf(node, 'key')!) === 'mode' && loose(value) && value;
    }
    const mode = /^fs\.(promises\.)?(chmod|fchmod|lchmod)(Sync)?$/.test(context.callee(node))
      ? context.args(node)[1]
      : undefined;
    return loose(mode) && mode;
  },
};

export const FILE_RULES: readonly Rule[] = [pathTraversal, temporaryFile, permissions];
