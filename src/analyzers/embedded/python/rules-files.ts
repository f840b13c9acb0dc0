/** @file Python: values that become file paths. */
import { keyword, confidenceOf } from './arguments.ts';
import type { Rule } from '../rule.ts';
import { ancestorOf, childOf } from '../syntax-node.ts';
import { INPUT, isUnsafeFor, PARAMETER, PATH } from '../value.ts';

const FILE_CALL =
  /^(open|io\.open|codecs\.open|file|os\.(open|remove|unlink|rename|rmdir|removedirs|mkdir|makedirs|listdir|chmod|stat|symlink|scandir)|shutil\.(copy|copy2|copyfile|copytree|move|rmtree)|send_file|flask\.send_file|FileResponse|static_file|zipfile\.ZipFile|tarfile\.open|aiofiles\.open|web\.FileResponse|os\.path\.(exists|isfile|isdir)|(\w+\.)*sendFile|linecache\.getlines?)$/;
const pathTraversal: Rule = {
  id: 'python/path-traversal',
  cwe: ['CWE-22'],
  severity: 'high',
  confidence: 0.85,
  message: 'a file path is built from a value without checking that it stays inside its folder',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    const fn = childOf(node, 'function')!;
    const method =
      /(^|\.|\))\.?(read_text|read_bytes|write_text|write_bytes|open|unlink|iterdir|rmdir|mkdir)$/.test(
        callee,
      ) && fn.type === 'attribute'
        ? childOf(fn, 'object')
        : undefined;
    const looksOnly = /^os\.path\./.test(callee);
    const targets = FILE_CALL.test(callee)
      ? context
          .args(node)
          .filter((arg) => arg.type !== 'keyword_argument')
          .slice(0, /rename|copy|move|symlink/.test(callee) ? 2 : 1)
      : method
        ? [method]
        : [];
    if (looksOnly) return;
    for (const target of targets) {
      const value = context.value(target);
      if (isUnsafeFor(value, PATH, PARAMETER) && (value.composed || value.control === INPUT))
        return { node: target, confidence: confidenceOf(value) };
    }
    return;
  },
};

const archiveExtraction: Rule = {
  id: 'python/archive-extraction',
  cwe: ['CWE-22'],
  severity: 'medium',
  confidence: 0.7,
  message: 'an archive is unpacked as it is; entries named ../x leave the folder',
  on: ['call'],
  check(node, context) {
    if (
      !/\.extractall$/.test(context.callee(node)) ||
      keyword(node, 'filter', context) ||
      keyword(node, 'members', context)
    )
      return;
    const owner = ancestorOf(node, (at) => at.type === 'function_definition');
    return (
      !(
        owner &&
        /getnames|getmembers|namelist|infolist|is_within|startswith/.test(context.text(owner))
      ) && node
    );
  },
};

export const FILE_RULES: readonly Rule[] = [pathTraversal, archiveExtraction];
