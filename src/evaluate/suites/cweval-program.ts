/**
 * @file From a model's answer to a program that CWEval's tests can run, and the unsafe variants of a task as answers. As upstream,
 * an answer that is a whole function gets the task's entry point behind it and what the task's file has in front of the function
 * (upstream prepends a fixed list of imports and headers, which comes to the same). Ours: a bare continuation is put behind the
 * prompt, and an entry point the answer already has is not repeated.
 */
import type { Language } from '../../data/vulnerable-function.ts';
import { extractCode, joinPython, preambleOf } from './answer.ts';
import { type Parts, sectionsOf } from './cweval-task.ts';
import { definesFunction, functionsOf, isC, missingPreamble } from './whole-answer.ts';

/** A main that the answer brings along itself, or the task's own entry point kept in it. */
function hasEntry(code: string, language: Language): boolean {
  if (/BEGIN ENTRYPOINT/.test(code)) return true;
  if (isC(language)) return /\bint\s+main\s*\(/.test(code);
  return (
    /require\.main/.test(code) ||
    (/^(?:async\s+)?function\s+main\b/m.test(code) && /^main\(/m.test(code))
  );
}

const join = (language: Language, front: string, code: string): string =>
  language === 'python' ? joinPython(front, code) : front === '' ? code : `${front}\n${code}`;

export function assemble(parts: Parts, answer: string): string {
  const { language } = parts;
  const { prompt, entry } = sectionsOf(parts.task);
  const name = functionsOf(prompt, language).pop();
  const code = extractCode(answer, language, name);
  const body =
    name === undefined
      ? code
      : !definesFunction(code, name, language)
        ? `${prompt}${code}`
        : join(language, missingPreamble(prompt, name, code, language), code);
  return entry === '' || hasEntry(body, language) ? body : `${body}\n\n${entry}`;
}

/** Unsafe variants as answers: a file of their own, or in Python functions <name>_unsafe or <name>_unsafe_<n> in the test file. */
export function unsafeVariants(parts: Parts): string[] {
  if (parts.unsafe) return [parts.unsafe];
  if (parts.language !== 'python') return [];
  const name = functionsOf(sectionsOf(parts.task).prompt, 'python').pop();
  const head = name === undefined ? '' : preambleOf(sectionsOf(parts.task).prompt, name);
  const imports = [...parts.test.matchAll(/^(?:import|from) (?!pytest|cwe_)[^\n]*$/gm)].map(
    ([text]) => text,
  );
  const lines = parts.test.split('\n');
  return lines.flatMap((line, at) => {
    const own = /^def ((?!_?test)\w+?)_unsafe(?:_\d+)?\(/.exec(line)?.[1];
    if (own === undefined) return [];
    // A function ends where the next statement begins at the margin; its own closing bracket is none.
    const length = lines.slice(at + 1).findIndex((next) => /^[^\s)#]/.test(next));
    const text = lines.slice(at, length < 0 ? undefined : at + 1 + length).join('\n');
    const renamed = text.replace(/\b(\w+?)_unsafe(?:_\d+)?\b/g, name ?? own);
    return [`${imports.join('\n')}\n${head}\n${renamed}`];
  });
}
