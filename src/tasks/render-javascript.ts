/**
 * @file Puts snippets together into one CommonJS program in one style: requires first (each once, their order varied), then functions,
 * then exports. The notation of snippets: `@module.member` and `@@module` stand for required things.
 */
import { createRandom } from '../kernel/random.ts';
import { indentBy } from './program-part.ts';
import type { ProgramPart } from './program-part.ts';
import type { Style } from './style.ts';

/** Local names of modules whose own name is no identifier, or not the customary one. */
const BINDINGS: Readonly<Record<string, string>> = {
  child_process: 'childProcess',
  'escape-html': 'escapeHtml',
  'node-serialize': 'serialize',
  'serialize-to-js': 'serializer',
  jsonwebtoken: 'jwt',
};

const indent = (text: string): string => indentBy(text, 2);

export function renderJavaScript(
  parts: readonly ProgramPart[],
  style: Style,
  seed: number,
  shuffled: boolean,
): string {
  const members = new Map<string, Set<string>>();
  const bind = (text: string): string =>
    text
      .replace(/@@([\w-]+)/g, (_, module: string) => {
        members.set(module, new Set());
        return BINDINGS[module] ?? module;
      })
      .replace(/@([\w-]+)\.(\w+)/g, (_, module: string, member: string) => {
        const used = members.get(module) ?? new Set();
        members.set(module, used.add(member));
        return style.destructures(module) ? member : `${BINDINGS[module] ?? module}.${member}`;
      });

  const random = createRandom(seed, 'order');
  const ordered = shuffled ? random.shuffle(parts) : parts;
  const functions = ordered.map((part) => renderFunction(part, style, bind));
  const requires = [...members].map(([module, used]) => {
    const binding =
      used.size > 0 && style.destructures(module)
        ? `{ ${[...used].join(', ')} }`
        : (BINDINGS[module] ?? module);
    return `const ${binding} = require('${module}');`;
  });
  const names = ordered.map((part) => part.name);
  const head = shuffled ? random.shuffle(requires) : requires;
  const blocks: string[] = [];
  if (head.length > 0) blocks.push(head.join('\n'));
  if (style.form === 'method')
    blocks.push(`module.exports = {\n${indent(functions.join('\n\n'))}\n};`);
  else blocks.push(...functions);
  if (style.form === 'declaration' || style.form === 'arrow')
    blocks.push(`module.exports = { ${names.join(', ')} };`);
  return `${requote(blocks.join('\n\n'), style.quote)}\n`;
}

function renderFunction(part: ProgramPart, style: Style, bind: (text: string) => string): string {
  const args = `(${part.args.join(', ')})`;
  const body = indent(bind(part.snippet.body).replace(/^const (?=\w+ =)/gm, `${style.declare} `));
  const before = part.snippet.async ? 'async ' : '';
  const note = part.note === undefined ? '' : `// ${part.note}\n`;
  const text = {
    declaration: `${before}function ${part.name}${args} {\n${body}\n}`,
    arrow: `const ${part.name} = ${before}${args} => {\n${body}\n};`,
    'exports-function': `exports.${part.name} = ${before}function ${args} {\n${body}\n};`,
    'exports-arrow': `exports.${part.name} = ${before}${args} => {\n${body}\n};`,
    method: `${before}${part.name}${args} {\n${body}\n},`,
  }[style.form];
  return note + text;
}

/** Single to double quotes, for strings that hold neither double quotes nor escapes. */
function requote(text: string, quote: "'" | '"'): string {
  if (quote === "'") return text;
  return text.replace(
    /`(?:[^`\\]|\\.)*`|"(?:[^"\\\n]|\\.)*"|\/(?![/*\s])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[gimsuy]*|\/\/[^\n]*|'([^'"\\\n]*)'/g,
    (all, inner: string | undefined) => (inner === undefined ? all : `"${inner}"`),
  );
}
