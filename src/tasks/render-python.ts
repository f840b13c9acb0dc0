/** @file Puts snippets together into one Python module: imports first, then functions. Members are imported by name or reached through the module. */
import { createRandom } from '../kernel/random.ts';
import { indentBy } from './program-part.ts';
import type { ProgramPart } from './program-part.ts';
import type { Style } from './style.ts';

export function renderPython(
  parts: readonly ProgramPart[],
  style: Style,
  seed: number,
  shuffled: boolean,
): string {
  const members = new Map<string, Set<string>>();
  const bind = (text: string): string =>
    text.replace(/@(\w+)\.(\w+)/g, (_, module: string, member: string) => {
      const used = members.get(module) ?? new Set();
      members.set(module, used.add(member));
      return style.destructures(module) ? member : `${module}.${member}`;
    });
  const random = createRandom(seed, 'order');
  const ordered = shuffled ? random.shuffle(parts) : parts;
  const functions = ordered.map((part) => {
    const note = part.note === undefined ? '' : `# ${part.note}\n`;
    return `${note}def ${part.name}(${part.args.join(', ')}):\n${indentBy(bind(part.snippet.body), 4)}${part.snippet.after === undefined ? '' : `\n\n\n${bind(part.snippet.after)}`}`;
  });
  const imports = [...members].map(([module, used]) =>
    style.destructures(module)
      ? `from ${module} import ${[...used].sort().join(', ')}`
      : `import ${module}`,
  );
  const head = imports.sort().join('\n');
  const text = [...(head === '' ? [] : [head]), ...functions].join('\n\n\n');
  return `${requote(text, style.quote)}\n`;
}

/** Single to double quotes, for strings that hold neither double quotes nor escapes. */
const requote = (text: string, quote: "'" | '"'): string =>
  quote === "'"
    ? text
    : text.replace(
        /"(?:[^"\\\n]|\\.)*"|#[^\n]*|'([^'"\\\n{]*)'/g,
        (all, inner: string | undefined) => (inner === undefined ? all : `"${inner}"`),
      );
