/**
 * @file Where a text binds names from elsewhere: `require` and `import` of JavaScript, `import` of Python. Read from lexemes, without a syntax
 * tree; C's #include binds no names and is left out, and so is every import inside a function.
 */
import type { Language } from '../data/vulnerable-function.ts';
import type { Range } from '../data/offsets.ts';
import { lexerFamily } from './languages.ts';
import type { Lexeme } from './lexeme.ts';

export interface ImportedName extends Range {
  /** As the rest of the text uses it. The range reaches from the name to the module's name, whichever comes first. */
  readonly name: string;
}

/** @param lexemes without comments; @param code their text, for the ends of lines. */
export function importedNames(
  language: Language,
  code: string,
  lexemes: readonly Lexeme[],
): ImportedName[] {
  const family = lexerFamily(language);
  if (family !== 'javascript' && family !== 'python') return [];
  const statements = topStatements(code, lexemes, family === 'python');
  return statements.flatMap((statement) =>
    family === 'python' ? pythonImport(statement) : javascriptImport(statement),
  );
}

/** Lexemes outside of all brackets, cut at `;` and, with `lines`, where an unbracketed line ends; bracketed ones stay with theirs. */
function topStatements(code: string, lexemes: readonly Lexeme[], lines: boolean): Lexeme[][] {
  const statements: Lexeme[][] = [[]];
  let depth = 0;
  lexemes.forEach((lexeme, index) => {
    const previous = lexemes[index - 1];
    const newLine = previous !== undefined && code.slice(previous.end, lexeme.start).includes('\n');
    const begins = lines || /^(?:const|let|var|import|function|module|exports)$/.test(lexeme.text);
    if (depth === 0 && newLine && begins) statements.push([]);
    statements.at(-1)!.push(lexeme);
    if (/^[([{]$/.test(lexeme.text)) depth++;
    if (/^[)\]}]$/.test(lexeme.text)) depth = Math.max(0, depth - 1);
    if (depth === 0 && lexeme.text === ';') statements.push([]);
  });
  return statements.filter((statement) => statement.length > 1);
}

const spanning = (name: Lexeme, module: Lexeme): ImportedName => ({
  name: name.text,
  start: Math.min(name.start, module.start),
  end: Math.max(name.end, module.end),
});

function javascriptImport(statement: readonly Lexeme[]): ImportedName[] {
  const module = statement.findLast(({ kind }) => kind === 'string');
  const first = statement[0]!.text;
  if (module === undefined) return [];
  const bindingEnd =
    first === 'import'
      ? statement.findIndex(({ text }) => text === 'from')
      : /^(?:const|let|var)$/.test(first)
        ? statement.findIndex(
            ({ text }, at) => text === '=' && statement[at + 1]?.text === 'require',
          )
        : -1;
  if (bindingEnd < 0) return [];
  const bound = statement.slice(1, bindingEnd);
  return bound
    .filter(({ kind }, at) => {
      const next = bound[at + 1]?.text;
      return kind === 'identifier' && next !== ':' && next !== 'as' && bound[at]!.text !== 'as';
    })
    .map((name) => spanning(name, module));
}

function pythonImport(statement: readonly Lexeme[]): ImportedName[] {
  const [first, module] = statement;
  const from = first!.text === 'from';
  if ((!from && first!.text !== 'import') || module === undefined) return [];
  const start = from ? statement.findIndex(({ text }) => text === 'import') + 1 : 1;
  const bound = start === 0 ? [] : statement.slice(start);
  return bound
    .filter(({ kind }, at) => {
      const [previous, next] = [bound[at - 1]?.text, bound[at + 1]?.text];
      return kind === 'identifier' && next !== 'as' && previous !== '.';
    })
    .map((name) => spanning(name, from ? module : name));
}
