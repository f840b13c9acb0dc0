/**
 * @file Rewrite: a shell command put together from values -> a program and a list of arguments, without a shell. Only for
 * plain commands: pipes, redirections, globs and variables need a shell and are left alone.
 */
import { argumentsOf, type Edit, type Program } from './program.ts';
import type { RewriteRule } from './rule.ts';
import { composedText, joinParts, type TextPart } from './text-parts.ts';
import type { SyntaxNode } from '../../../../code/syntax-tree.ts';

const WITHOUT_SHELL: Readonly<Record<string, string>> = {
  exec: 'execFile',
  execSync: 'execFileSync',
};
const SHELL_SYNTAX = /[|;&<>*?$`\\!(){}[\]#~\n]/;

export const shellToArgv: RewriteRule = {
  name: 'shell-to-argv',
  cwe: ['CWE-77', 'CWE-78', 'CWE-88'],
  rewrite(program) {
    const places: Edit[][] = [];
    for (const call of program.all('call_expression')) {
      const first = argumentsOf(call)[0];
      const name = first === undefined ? undefined : renameCallee(program, call);
      if (first === undefined || name === undefined) continue;
      const composed = composedText(program, first);
      const words = composed === undefined ? undefined : splitWords(composed.parts);
      if (composed === undefined || words === undefined) continue;
      const argv = `[${words.slice(1).map(joinParts).join(', ')}]`;
      if (composed.variable === undefined)
        places.push([
          ...name,
          {
            start: first.startIndex,
            end: first.endIndex,
            text: `${joinParts(words[0]!)}, ${argv}`,
          },
        ]);
      else
        places.push([
          ...name,
          { start: composed.node.startIndex, end: composed.node.endIndex, text: argv },
          { start: first.startIndex, end: first.startIndex, text: `${joinParts(words[0]!)}, ` },
        ]);
    }
    return places;
  },
};

/** Edits that turn the callee into its form without a shell; undefined when it is no call into child_process. */
function renameCallee(program: Program, call: SyntaxNode): Edit[] | undefined {
  const callee = call.childForFieldName('function');
  if (callee === null) return undefined;
  if (callee.type === 'member_expression') {
    const object = callee.childForFieldName('object')!;
    const property = callee.childForFieldName('property')!;
    const safe = Object.hasOwn(WITHOUT_SHELL, property.text)
      ? WITHOUT_SHELL[property.text]
      : undefined;
    const isProcessModule =
      object.text === program.moduleName('child_process') ||
      /^require\((['"])(?:node:)?child_process\1\)$/.test(object.text) ||
      /^(?:child_process|childProcess|cp)$/.test(object.text);
    if (safe === undefined || !isProcessModule) return undefined;
    return [{ start: property.startIndex, end: property.endIndex, text: safe }];
  }
  if (callee.type !== 'identifier') return undefined;
  const binding = importedName(program, callee.text);
  const safe = binding === undefined ? undefined : WITHOUT_SHELL[binding.imported];
  if (binding === undefined || safe === undefined) return undefined;
  const calls = program.all('identifier').filter((id) => id.text === callee.text);
  const uses = calls.filter((id) => id.id !== callee.id && id.id !== binding.node.id);
  const others = uses.filter(
    (id) => id.startIndex < binding.node.startIndex || id.startIndex > binding.node.endIndex,
  );
  if (binding.renamed) {
    // `{ exec: run }`: the local name may stay.
    return others.length > 0 ? undefined : [{ start: binding.start, end: binding.end, text: safe }];
  }
  const binds: Edit =
    others.length > 0
      ? { start: binding.end, end: binding.end, text: `, ${safe}` }
      : { start: binding.start, end: binding.end, text: safe };
  return [binds, { start: callee.startIndex, end: callee.endIndex, text: safe }];
}

interface Binding {
  readonly imported: string;
  readonly node: SyntaxNode;
  readonly renamed: boolean;
  /** Range of the imported name. */
  readonly start: number;
  readonly end: number;
}

/** How a name was taken out of child_process: `const { exec } = require(...)`, `{ exec: run }` or `import { exec }`. */
function importedName(program: Program, local: string): Binding | undefined {
  for (const node of program.all(
    'shorthand_property_identifier_pattern',
    'pair_pattern',
    'import_specifier',
    'variable_declarator',
  )) {
    if (!/child_process/.test(holder(node)?.text ?? '')) continue;
    if (node.type === 'shorthand_property_identifier_pattern' && node.text === local)
      return { imported: local, node, renamed: false, start: node.startIndex, end: node.endIndex };
    if (node.type === 'pair_pattern' && node.childForFieldName('value')?.text === local) {
      const key = node.childForFieldName('key')!;
      return { imported: key.text, node, renamed: true, start: key.startIndex, end: key.endIndex };
    }
    if (node.type === 'import_specifier') {
      const name = node.childForFieldName('name')!;
      const alias = node.childForFieldName('alias');
      if ((alias ?? name).text === local)
        return {
          imported: name.text,
          node,
          renamed: alias !== null,
          start: name.startIndex,
          end: name.endIndex,
        };
    }
    if (node.type === 'variable_declarator' && node.childForFieldName('name')?.text === local) {
      const value = node.childForFieldName('value');
      const property =
        value?.type === 'member_expression' ? value.childForFieldName('property') : null;
      if (property)
        return {
          imported: property.text,
          node,
          renamed: true,
          start: property.startIndex,
          end: property.endIndex,
        };
    }
  }
  return undefined;
}

function holder(node: SyntaxNode): SyntaxNode | null {
  let at: SyntaxNode | null = node;
  while (at !== null && !/^(?:variable_declarator|import_statement)$/.test(at.type)) at = at.parent;
  return at;
}

/** Words as a shell would see them: split at blanks, quotes taken off; undefined where a shell is really needed. */
export function splitWords(parts: readonly TextPart[]): TextPart[][] | undefined {
  const words: TextPart[][] = [];
  let word: TextPart[] | undefined;
  let quoted: string | undefined;
  const push = (part: TextPart): void => {
    const last = word?.at(-1);
    if (word === undefined) word = [part];
    else if (last?.kind === 'literal' && part.kind === 'literal')
      word[word.length - 1] = { kind: 'literal', value: last.value + part.value };
    else word.push(part);
  };
  for (const part of parts) {
    if (part.kind === 'expression') {
      if (/\.join\(/.test(part.text)) return undefined; // several words in one value
      push(part);
      continue;
    }
    for (const character of part.value) {
      if (quoted !== undefined) {
        if (character === quoted) quoted = undefined;
        else push({ kind: 'literal', value: character });
      } else if (character === '"' || character === "'") {
        quoted = character;
        word ??= [];
      } else if (character === ' ' || character === '\t') {
        if (word !== undefined) words.push(word);
        word = undefined;
      } else if (SHELL_SYNTAX.test(character)) return undefined;
      else push({ kind: 'literal', value: character });
    }
  }
  if (quoted !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  const program = words[0];
  if (program?.length !== 1 || program[0]!.kind !== 'literal' || words.length < 2) return undefined;
  if (!/^[\w./+-]+$/.test(program[0]!.value)) return undefined;
  return words.map((pieces) => (pieces.length === 0 ? [{ kind: 'literal', value: '' }] : pieces));
}
