/** @file Rewrites of one place each: secrets out of code, markup sinks to text, local redirects only, guarded merging of keys. */
import type { SyntaxNode } from '../../../../code/syntax-tree.ts';
import { argumentsOf, enclosingStatement, indentOf, type Edit } from './program.ts';
import type { RewriteRule } from './rule.ts';

const SECRET_NAME =
  /(?:password|passwd|secret|token|api_?key|private_?key|credential|signing_?key)/i;

/** `const API_KEY = 'abc'` -> `process.env.API_KEY`. */
export const secretFromEnvironment: RewriteRule = {
  name: 'secret-from-environment',
  cwe: ['CWE-259', 'CWE-321', 'CWE-798'],
  rewrite: (program) =>
    program.all('variable_declarator').flatMap((declarator) => {
      const name = declarator.childForFieldName('name');
      const value = declarator.childForFieldName('value');
      if (name?.type !== 'identifier' || value?.type !== 'string' || value.text.length < 6)
        return [];
      if (!SECRET_NAME.test(name.text)) return [];
      const variable = name.text.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
      return [[{ start: value.startIndex, end: value.endIndex, text: `process.env.${variable}` }]];
    }),
};

/** `element.innerHTML = value` -> `element.textContent = value`, unless the value is markup by intention. */
export const textInsteadOfMarkup: RewriteRule = {
  name: 'text-instead-of-markup',
  cwe: ['CWE-79', 'CWE-80'],
  rewrite: (program) =>
    program.all('assignment_expression').flatMap((assignment) => {
      const left = assignment.childForFieldName('left');
      const right = assignment.childForFieldName('right');
      const property =
        left?.type === 'member_expression' ? left.childForFieldName('property') : null;
      if (property?.text !== 'innerHTML' || right === null) return [];
      if (/^['"`]/.test(right.text) || /<[a-z]/i.test(right.text)) return [];
      return [[{ start: property.startIndex, end: property.endIndex, text: 'textContent' }]];
    }),
};

/** `res.redirect(value)` -> only to paths of the same site, else to the root. */
export const localRedirect: RewriteRule = {
  name: 'local-redirect',
  cwe: ['CWE-601'],
  rewrite: (program) =>
    program.all('call_expression').flatMap((call) => {
      const callee = call.childForFieldName('function');
      const property =
        callee?.type === 'member_expression'
          ? callee.childForFieldName('property')?.text
          : callee?.text;
      const target = argumentsOf(call).at(-1);
      if (property !== 'redirect' || target === undefined || !isValue(target)) return [];
      const local = `/^\\/(?![\\/\\\\])/.test(${target.text}) ? ${target.text} : '/'`;
      return [[{ start: target.startIndex, end: target.endIndex, text: local }]];
    }),
};

const isValue = (node: SyntaxNode): boolean =>
  /^(?:identifier|member_expression|subscript_expression)$/.test(node.type);

/** A loop that copies `target[key] = source[key]` skips the keys that reach the prototype. */
export const guardedKeys: RewriteRule = {
  name: 'guarded-keys',
  cwe: ['CWE-915', 'CWE-1321'],
  rewrite(program) {
    const places: Edit[][] = [];
    const guarded = new Set<number>();
    for (const assignment of program.all('assignment_expression')) {
      const left = assignment.childForFieldName('left');
      const key = left?.type === 'subscript_expression' ? left.childForFieldName('index') : null;
      if (key?.type !== 'identifier') continue;
      const loop = loopOver(assignment, key.text);
      if (loop === undefined || /__proto__/.test(loop.text)) continue;
      const body = loop.childForFieldName('body');
      const first = body?.type === 'statement_block' ? body.namedChild(0) : null;
      if (!first) continue;
      const statement = enclosingStatement(first) ?? first;
      if (guarded.has(statement.startIndex)) continue;
      guarded.add(statement.startIndex);
      const guard = `if (${key.text} === '__proto__' || ${key.text} === 'constructor' || ${key.text} === 'prototype') continue;`;
      places.push([
        {
          start: statement.startIndex,
          end: statement.startIndex,
          text: `${guard}\n${indentOf(program.code, statement.startIndex)}`,
        },
      ]);
    }
    return places;
  },
};

/** The nearest `for (const key in ...)`, `for (const key of Object.keys(...))` or `for (const [key, ...] of ...)`. */
function loopOver(node: SyntaxNode, key: string): SyntaxNode | undefined {
  for (let at = node.parent; at !== null; at = at.parent) {
    if (/function|arrow/.test(at.type)) return undefined;
    if (at.type !== 'for_in_statement') continue;
    const variable = at.childForFieldName('left')?.text ?? '';
    if (new RegExp(`(?:^|[^\\w$])${key.replace(/\$/g, '\\$')}(?:$|[^\\w$])`).test(variable))
      return at;
  }
  return undefined;
}
