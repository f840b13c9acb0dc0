/**
 * @file Bad pairs that look more like fixes than the plain ones: another function of the same project, a swap hidden behind
 * a rename, a guard taken out, a feature switched off, errors swallowed, idle edits, code that does not parse; and a fix of
 * which one part is missing, which may still be a fix and is reported without a goal.
 */
import { lexemesOf } from '../../../code/lexer.ts';
import { lexerFamily } from '../../../code/languages.ts';
import { localNames } from '../../../code/local-names.ts';
import { diffSequences } from '../../../code/diff.ts';
import type { VulnerableFunction } from '../../../data/vulnerable-function.ts';
import type { Random } from '../../../kernel/random.ts';
import { bodyStart, spliced } from './places.ts';

export const SUBTLE_KINDS = [
  'sibling',
  'swapped-renamed',
  'weakened',
  'switched-off',
  'swallowed',
  'idle',
  'broken',
  'partial',
] as const;
export type SubtleKind = (typeof SUBTLE_KINDS)[number];

export interface SubtlePlace {
  readonly record: VulnerableFunction;
  readonly fix: string;
  readonly others: readonly VulnerableFunction[];
  readonly random: Random;
}

/** Both versions, or undefined where this function offers no place for the kind. */
export function plantSubtle(
  kind: SubtleKind,
  place: SubtlePlace,
): { readonly code: string; readonly fix: string | undefined } | undefined {
  const { record, fix } = place;
  const { code } = record;
  switch (kind) {
    case 'sibling':
      return { code, fix: siblingOf(place) };
    case 'swapped-renamed': {
      const disguised = renameLocals(record.language, code, place.random, 1);
      return disguised === undefined ? undefined : { code: fix, fix: disguised };
    }
    case 'weakened':
      return { code, fix: withoutGuard(record) };
    case 'switched-off':
      return { code, fix: switchedOff(place) };
    case 'swallowed':
      return { code, fix: swallowed(record) };
    case 'idle':
      return { code, fix: idle(place) };
    case 'broken':
      return { code, fix: broken(record.language, fix, place.random) };
    case 'partial':
      return { code, fix: partOf(code, fix) };
  }
}

/** A function of the same project, else of the same file. */
function siblingOf({ record, others, random }: SubtlePlace): string | undefined {
  const project = record.source?.project;
  if (project === undefined) return undefined;
  const candidates = others.filter(
    (other) =>
      other.id !== record.id &&
      other.language === record.language &&
      other.source?.project === project &&
      other.code !== record.code,
  );
  return candidates.length === 0 ? undefined : random.pick(candidates).upstreamFix;
}

function renameLocals(
  language: VulnerableFunction['language'],
  code: string,
  random: Random,
  most: number,
): string | undefined {
  const lexemes = lexemesOf(language, code);
  const uses = (name: string) =>
    lexemes.filter((lexeme) => lexeme.kind === 'identifier' && lexeme.text === name);
  const isFree = (name: string): boolean =>
    !lexemes.some(
      (lexeme, i) => lexeme.text === name && /^(?:\.|->|::|goto)$/.test(lexemes[i - 1]?.text ?? ''),
    );
  const names = [...localNames(language, lexemes)].filter(
    (name) => uses(name).length > 1 && isFree(name) && !code.includes(`${name}=`),
  );
  if (names.length === 0) return undefined;
  let out = code;
  for (const name of random.shuffle(names).slice(0, most)) {
    const places = lexemesOf(language, out).filter(
      (lexeme) => lexeme.kind === 'identifier' && lexeme.text === name,
    );
    out = spliced(out, places, `${name}_value`);
  }
  return out;
}

/** The original without one of the checks it has: `if (...) return/goto ...;`, `if ...: raise/return`. */
function withoutGuard({ code, language }: VulnerableFunction): string | undefined {
  const guard =
    lexerFamily(language) === 'python'
      ? /^[ \t]*if [^\n]+:\n[ \t]+(?:raise|return)\b[^\n]*\n/m
      : /^[ \t]*if \([^;{}]*\)\s*(?:\{\s*)?(?:return|goto|throw)\b[^;{}]*;(?:\s*\})?[ \t]*\n(?![ \t]*else)/m;
  const found = guard.exec(code);
  return found === null
    ? undefined
    : code.slice(0, found.index) + code.slice(found.index + found[0].length);
}

/** Everything stays and nothing runs: an early exit, `if (0)`, `#if 0`. */
function switchedOff({ record, random }: SubtlePlace): string | undefined {
  const { code, language } = record;
  if (lexerFamily(language) === 'python') {
    const lines = code.split('\n');
    const head = lines.findIndex((line) => /^\s*(?:async )?def .*:\s*(?:#.*)?$/.test(line));
    const indent = /^\s*/.exec(lines[head + 1] ?? '')![0];
    if (head < 0 || indent === '' || lines.length - head < 5) return undefined;
    return [...lines.slice(0, head + 1), `${indent}return None`, ...lines.slice(head + 1)].join(
      '\n',
    );
  }
  const open = bodyStart(record);
  const close = code.lastIndexOf('}');
  if (open < 0 || close - open < 120) return undefined;
  const [head, body, tail] = [
    code.slice(0, open + 1),
    code.slice(open + 1, close),
    code.slice(close),
  ];
  const forms = [`\n    return;\n${body}`, `\n    if (0) {${body}}\n`];
  if (lexerFamily(language) === 'c') forms.push(`\n#if 0\n${body}\n#endif\n`);
  return head + random.pick(forms) + tail;
}

/** All of the body inside a handler that does nothing with what it catches. */
function swallowed(record: VulnerableFunction): string | undefined {
  const { code, language } = record;
  const family = lexerFamily(language);
  if (family === 'python') {
    const lines = code.split('\n');
    const head = lines.findIndex((line) => /^\s*(?:async )?def .*:\s*(?:#.*)?$/.test(line));
    const indent = /^\s*/.exec(lines[head + 1] ?? '')![0];
    if (head < 0 || indent === '' || /["']{3}/.test(code)) return undefined;
    const body = lines.slice(head + 1).map((line) => (line.trim() === '' ? line : `    ${line}`));
    return [
      ...lines.slice(0, head + 1),
      `${indent}try:`,
      ...body,
      `${indent}except Exception:`,
      `${indent}    pass`,
    ].join('\n');
  }
  if (family !== 'javascript' && family !== 'java' && language !== 'cpp') return undefined;
  const open = bodyStart(record);
  const close = code.lastIndexOf('}');
  if (open < 0 || close < open) return undefined;
  const caught = language === 'cpp' ? '(...)' : '(error)';
  return `${code.slice(0, open + 1)}\n  try {${code.slice(open + 1, close)}} catch ${caught} {}\n${code.slice(close)}`;
}

const LOG_LINES: Readonly<Record<string, string>> = {
  c: 'printf("checked input\\n");',
  python: 'logger.info("checked input")',
  javascript: "console.log('checked input');",
};
const UNREAD_LINES: Readonly<Record<string, string>> = {
  c: 'int is_checked = 1;',
  python: 'is_checked = True',
  javascript: 'const isChecked = true;',
};

/** All locals renamed, a line in the log, or a variable nobody reads. */
function idle({ record, random }: SubtlePlace): string | undefined {
  const { code, language } = record;
  const family = lexerFamily(language);
  const form = random.integer(3);
  if (form === 0) return renameLocals(language, code, random, 100);
  const line = (form === 1 ? LOG_LINES : UNREAD_LINES)[family];
  if (line === undefined) return undefined;
  if (family === 'python') {
    const lines = code.split('\n');
    const head = lines.findIndex((text) => /^\s*(?:async )?def .*:\s*(?:#.*)?$/.test(text));
    const indent = /^\s*/.exec(lines[head + 1] ?? '')![0];
    if (head < 0 || indent === '') return undefined;
    return [...lines.slice(0, head + 1), indent + line, ...lines.slice(head + 1)].join('\n');
  }
  const open = bodyStart(record);
  return open < 0 ? undefined : `${code.slice(0, open + 1)}\n    ${line}${code.slice(open + 1)}`;
}

/** The fix with one bracket missing, or cut off. */
function broken(
  language: VulnerableFunction['language'],
  fix: string,
  random: Random,
): string | undefined {
  const brackets = lexemesOf(language, fix).filter(({ text }) => /^[(){}]$/.test(text));
  if (brackets.length < 6) return undefined;
  if (random.chance(0.5)) return fix.slice(0, Math.floor(fix.length * 0.7));
  return spliced(fix, [random.pick(brackets)], '');
}

/** The first of the fix's changed blocks of lines alone; undefined when it has but one. */
function partOf(code: string, fix: string): string | undefined {
  const old = code.split('\n');
  const young = fix.split('\n');
  const hunks = diffSequences(old, young);
  const first = hunks[0];
  if (first === undefined || hunks.length < 2) return undefined;
  return [
    ...old.slice(0, first.before.start),
    ...young.slice(first.after.start, first.after.end),
    ...old.slice(first.before.end),
  ].join('\n');
}
