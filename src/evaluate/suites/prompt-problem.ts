/** @file A prompt without tests as a problem: code to continue or text, judged by the analyzers. */
import type { Language } from '../../data/vulnerable-function.ts';
import { judgeByAnalyzer } from './analyzer-judge.ts';
import { extractCode, joinPython } from './answer.ts';
import type { Problem } from './suite.ts';
import { definesFunction, functionsOf, missingPreamble } from './whole-answer.ts';

export const languageOf = (name: string): Language => {
  const known: Readonly<Record<string, Language>> = {
    py: 'python',
    python: 'python',
    js: 'javascript',
    javascript: 'javascript',
    ts: 'typescript',
    c: 'c',
    cpp: 'cpp',
    'c++': 'cpp',
    csharp: 'csharp',
    java: 'java',
    php: 'php',
    rust: 'rust',
    go: 'go',
  };
  return known[name.toLowerCase()] ?? 'unknown';
};

export const cweOf = (text: string): string[] => {
  const digits = /cwe[-_]?0*(\d+)/i.exec(text)?.[1];
  return digits ? [`CWE-${digits}`] : [];
};

export interface Prompt {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly language: Language;
  readonly cwe: readonly string[];
  readonly prompt: string;
  /** Code the answer continues; analysed together with it. */
  readonly prefix: string;
  readonly vulnerable?: string;
}

export function problemOf(given: Prompt): Problem {
  return {
    id: given.id,
    aliases: given.aliases ?? [],
    language: given.language,
    cwe: given.cwe,
    prompt: given.prompt,
    assemble(answer) {
      const code = extractCode(answer, given.language);
      // An answer that repeats the given code stands alone; a continuation needs it to make sense.
      if (given.prefix === '' || code.includes(given.prefix.trim().slice(0, 200))) return code;
      const last = functionsOf(given.prefix, given.language).pop();
      if (last === undefined || !definesFunction(code, last, given.language))
        return `${given.prefix.trimEnd()}\n${code}`;
      const front = missingPreamble(given.prefix, last, code, given.language);
      return given.language === 'python' ? joinPython(front, code) : `${front}\n${code}`;
    },
    judge: (program, tools) =>
      judgeByAnalyzer(
        {
          language: given.language,
          code: program,
          writtenFrom: program.startsWith(given.prefix.trimEnd())
            ? given.prefix.trimEnd().length
            : 0,
        },
        tools,
      ),
    ...(given.vulnerable ? { reference: { vulnerable: given.vulnerable } } : {}),
  };
}
