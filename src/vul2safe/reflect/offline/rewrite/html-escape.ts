/**
 * @file Rewrite: HTML put together from values -> the same with every value escaped by a helper. Values that are escaped,
 * counted or encoded already stay; so do pieces that are markup themselves (joined lists, other fragments built here).
 */
import type { SyntaxNode } from '../../../../code/syntax-tree.ts';
import { freshName, type Edit, type Program } from './program.ts';
import type { RewriteRule } from './rule.ts';
import { composedText } from './text-parts.ts';

const MARKUP = /<\/?[a-z][\w-]*(?:[\s>/]|$)/i;
const HARMLESS =
  /escape|encode|sanitiz|\.length\b|Number\(|parseInt\(|parseFloat\(|\.toFixed\(|\.join\(|JSON\.stringify|^\d/i;
const CONSTANT_NAME = /^[A-Z][A-Z0-9_]*$/;

const HELPER = (name: string): string => `function ${name}(value) {
  return String(value)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');
}

`;

export const htmlEscape: RewriteRule = {
  name: 'html-escape',
  cwe: ['CWE-79', 'CWE-80'],
  rewrite(program) {
    const known = /function (escape\w*|esc|encodeHtml|sanitize\w*)\s*\(/.exec(program.code)?.[1];
    const name = known ?? freshName(program, 'escapeHtml', 'escapeText');
    const wrapped = new Set<number>();
    const edits: Edit[] = [];
    const fragments = markupVariables(program);
    for (const node of program.all('binary_expression', 'template_string')) {
      const composed = composedText(program, node);
      if (
        composed === undefined ||
        !composed.parts.some((p) => p.kind === 'literal' && MARKUP.test(p.value))
      )
        continue;
      for (const part of composed.parts) {
        if (part.kind === 'literal' || wrapped.has(part.node.startIndex)) continue;
        if (HARMLESS.test(part.text) || CONSTANT_NAME.test(part.text)) continue;
        if (fragments.has(part.text) || buildsMarkup(part.node)) continue;
        wrapped.add(part.node.startIndex);
        edits.push(
          { start: part.node.startIndex, end: part.node.startIndex, text: `${name}(` },
          { start: part.node.endIndex, end: part.node.endIndex, text: ')' },
        );
      }
    }
    if (edits.length === 0) return [];
    if (known === undefined) edits.push(helperAt(program, HELPER(name)));
    return [edits];
  },
};

/** Variables that hold markup made here; escaping them again would break it. */
function markupVariables(program: Program): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of program.all(
    'variable_declarator',
    'assignment_expression',
    'augmented_assignment_expression',
  )) {
    const left = node.childForFieldName('name') ?? node.childForFieldName('left');
    const right = node.childForFieldName('value') ?? node.childForFieldName('right');
    if (left?.type === 'identifier' && right !== null && MARKUP.test(right.text))
      names.add(left.text);
  }
  return names;
}

const buildsMarkup = (node: SyntaxNode): boolean =>
  /^(?:template_string|ternary_expression|call_expression)$/.test(node.type) &&
  MARKUP.test(node.text);

/** Before the first top-level function, so that it stands with the others and the head of the file keeps its place. */
function helperAt(program: Program, text: string): Edit {
  const first = program.root.namedChildren.find(
    (node) => node !== null && /function|class/.test(node.type) && node.type !== 'comment',
  );
  const statement =
    first ??
    program.root.namedChildren.find((node) => node !== null && /=>|function/.test(node.text)) ??
    program.root.namedChildren[0];
  const at = statement?.startIndex ?? 0;
  return { start: at, end: at, text };
}
