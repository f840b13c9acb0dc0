/**
 * @file What a prompt may say about a function: its interface, what its name and comment say it does, and what it works
 * with. Only things that both versions share are facts, so that a prompt can never hint at the fix.
 */
import type { Lexeme } from '../../code/lexeme.ts';
import { codeLexemesOf, lexemesOf } from '../../code/lexer.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { functionsIn } from '../gates/signature.ts';
import { withoutSecurityTalk } from './security-words.ts';

export interface PromptFacts {
  readonly language: Language;
  /** "JavaScript" */
  readonly languageName: string;
  /** '' for a function without a name. */
  readonly name: string;
  /** Names only, in order. */
  readonly parameters: readonly string[];
  /** The head of the function as it stands in the code, on one line. */
  readonly head: string;
  /** "find user by name": the words of the name, or of a comment. */
  readonly action: string;
  /** A sentence of the function's own documentation, when it has one that says nothing about security. */
  readonly documentation: string | undefined;
  /** Calls both versions make, in order, without repeats: "db.query". */
  readonly calls: readonly string[];
  /** Names from texts near the changed spot that both versions have: a table, a folder, a program. */
  readonly topics: readonly string[];
  /** Lines both versions begin with, up to the first difference; '' when they differ in the head. */
  readonly opening: string;
  /** Words a prompt must not use: they occur in the fix only. */
  readonly fixOnly: ReadonlySet<string>;
  /** Words that belong to the spot that was changed and occur in the original: parameters, calls, variables. */
  readonly weakSpot: ReadonlySet<string>;
}

const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  c: 'C',
  cpp: 'C++',
  python: 'Python',
  javascript: 'JavaScript',
  typescript: 'TypeScript',
  java: 'Java',
  go: 'Go',
  php: 'PHP',
  ruby: 'Ruby',
  rust: 'Rust',
  csharp: 'C#',
  unknown: 'the same language',
};

let latest: { readonly key: readonly unknown[]; readonly facts: PromptFacts } | undefined;

/** Composer and checks ask about the same pair one after the other, so the latest facts are kept. */
export function collectFacts(
  language: Language,
  code: string,
  fixedCode: string,
  description: string | undefined,
): PromptFacts {
  const key = [language, code, fixedCode, description];
  if (latest?.key.every((part, i) => part === key[i])) return latest.facts;
  const facts = readFacts(language, code, fixedCode, description);
  latest = { key, facts };
  return facts;
}

function readFacts(
  language: Language,
  code: string,
  fixedCode: string,
  description: string | undefined,
): PromptFacts {
  const all = lexemesOf(language, code);
  const before = codeLexemesOf(language, code);
  const after = codeLexemesOf(language, fixedCode);
  const signature = mainFunction(before, after, language);
  const name = signature?.name.startsWith('(') ? '' : (signature?.name ?? '');
  const known = new Set(before.map((lexeme) => lexeme.text));
  const callsAfter = new Set(callsOf(after));
  const documentation = documentationOf(all, description);
  return {
    language,
    languageName: LANGUAGE_NAMES[language],
    name,
    parameters: (signature?.parameters ?? []).map(parameterName).filter((word) => word !== ''),
    head: headOf(code, name),
    action: actionOf(name),
    documentation,
    calls: callsOf(before).filter(
      (call) => callsAfter.has(call) && call !== name && !NO_TOPIC.test(call),
    ),
    topics: topicsOf(before, after),
    opening: sharedOpening(code, fixedCode),
    fixOnly: new Set(
      after
        .flatMap((lexeme) => (known.has(lexeme.text) ? [] : wordsIn(lexeme.text)))
        .filter((word) => !codeHas(word, before)),
    ),
    weakSpot: weakSpotWords(before, after),
  };
}

/** The function the change is in, or the first one. */
function mainFunction(before: readonly Lexeme[], after: readonly Lexeme[], language: Language) {
  const functions = functionsIn(before, language);
  if (functions.length < 2) return functions[0];
  const at = firstDifference(before, after);
  const seen = before.slice(0, at + 1).map((lexeme) => lexeme.text);
  return functions.filter((candidate) => seen.includes(candidate.name)).at(-1) ?? functions[0];
}

export function firstDifference(before: readonly Lexeme[], after: readonly Lexeme[]): number {
  let i = 0;
  while (i < before.length && before[i]!.text === after[i]?.text) i++;
  return Math.min(i, before.length - 1);
}

/** Calls that say nothing about what a function is for. */
const NO_TOPIC =
  /^(?:require|import|sizeof|printf|print|len|str|String|int|console\..*|logger\..*|log\..*|assert|super|super\..*|isinstance|range|free)$/;

/** Words of identifiers, strings and keywords; numbers and operators are no words. */
export const wordsIn = (text: string): string[] => text.match(/[A-Za-z_$][\w$]{1,}/g) ?? [];

const codeHas = (word: string, lexemes: readonly Lexeme[]): boolean =>
  lexemes.some(
    (lexeme) =>
      lexeme.text === word || (lexeme.kind === 'string' && wordsIn(lexeme.text).includes(word)),
  );

/** `const char *name[4]` -> name; `name: str = ''` -> name; `{ a, b }` -> a (the pattern's first word). */
export function parameterName(parameter: string): string {
  const plain = parameter
    .replace(/=.*$/, '')
    .replace(/\[.*$/, '')
    .replace(/:(?!:).*$/, '');
  const pointer = /\(\s*\*\s*(\w+)/.exec(plain);
  if (pointer !== null) return pointer[1]!;
  const words = plain.match(/[A-Za-z_$][\w$]*/g) ?? [];
  return words.at(-1) ?? '';
}

function headOf(code: string, name: string): string {
  const at = name === '' ? 0 : Math.max(0, code.indexOf(name.split('::').at(-1)!));
  const lineStart = code.lastIndexOf('\n', at) + 1;
  const rest = code.slice(lineStart);
  const end = /\{|\)\s*(?:->[^:]*)?:\s*(?:\n|$)|=>/.exec(rest);
  const head =
    end === null
      ? rest.split('\n')[0]!
      : rest.slice(0, end.index + (end[0].startsWith(')') ? 1 : 0));
  return head.replace(/\s+/g, ' ').trim().slice(0, 300);
}

export function actionOf(name: string): string {
  return (name.split(/::|\./).at(-1) ?? '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_$]+/g, ' ')
    .trim()
    .toLowerCase();
}

/** The first sentence of the record's description or of a leading comment, if it does not talk about security. */
function documentationOf(
  all: readonly Lexeme[],
  description: string | undefined,
): string | undefined {
  const first = all.find(
    (lexeme, i) =>
      lexeme.kind === 'comment' ||
      (/^[rubf]*(?:"""|''')/i.test(lexeme.text) && all[i - 1]?.text === ':'),
  );
  for (const text of [description, first?.text]) {
    if (text === undefined) continue;
    const plain = text
      .replace(/^[\s/*#!"']+|[\s/*#"']+$/gm, ' ')
      .replace(/\s+/g, ' ')
      .replace(/^\s*\w+\([^()]*\)\s+/, '') // "findUser(name) returns ..." speaks of itself by its signature
      .trim();
    const sentence = /^.{12,200}?(?:\.(?=\s|$)|$)/.exec(plain)?.[0].replace(/\.$/, '');
    if (sentence === undefined || !withoutSecurityTalk(sentence)) continue;
    if (/^[A-Za-z][\w\s,'()/.:`"-]+$/.test(sentence)) return inInfinitive(sentence);
  }
  return undefined;
}

/** "Returns the row and logs it" -> "return the row and log it": verbs at the start and after "and". */
function inInfinitive(sentence: string): string {
  const lower = sentence.charAt(0).toLowerCase() + sentence.slice(1);
  return lower.replace(/(^|\band )(\w{3,})\b/g, (whole, before: string, verb: string) => {
    if (/(?:ss|us|is)$/.test(verb) || !verb.endsWith('s')) return whole;
    if (/(?:sh|ch|x|ss)es$/.test(verb)) return before + verb.slice(0, -2);
    return before + (verb.endsWith('ies') ? `${verb.slice(0, -3)}y` : verb.slice(0, -1));
  });
}

function callsOf(lexemes: readonly Lexeme[]): string[] {
  const calls = new Set<string>();
  lexemes.forEach((lexeme, i) => {
    if (lexeme.kind !== 'identifier' || lexemes[i + 1]?.text !== '(') return;
    if (/^(?:function|def|class|func|fn)$/.test(lexemes[i - 1]?.text ?? '')) return;
    const member = /^(?:\.|->|::)$/.test(lexemes[i - 1]?.text ?? '');
    const owner =
      member && lexemes[i - 2]?.kind === 'identifier'
        ? lexemes[i - 2]!.text + lexemes[i - 1]!.text
        : '';
    calls.add(owner + lexeme.text);
  });
  return [...calls];
}

function sharedOpening(code: string, fixedCode: string): string {
  let at = 0;
  while (at < code.length && code[at] === fixedCode[at]) at++;
  return code.slice(0, code.lastIndexOf('\n', at) + 1).trimEnd();
}

const SQL_WORDS =
  /^(?:select|from|where|insert|into|values|update|set|delete|and|or|like|order|by|limit|null|the|is|not|for|utf8|hex)$/i;

function topicsOf(before: readonly Lexeme[], after: readonly Lexeme[]): string[] {
  const textsAfter = after
    .filter((lexeme) => lexeme.kind === 'string')
    .map((lexeme) => lexeme.text);
  const wordsAfter = new Set(textsAfter.flatMap(topicWords));
  const near = nearChange(before, after).filter((lexeme) => lexeme.kind === 'string');
  const words = near.flatMap((lexeme) => topicWords(lexeme.text));
  return [...new Set(words)]
    .filter((word) => wordsAfter.has(word) && !SQL_WORDS.test(word))
    .slice(0, 3);
}

/** `users`, `/srv/data`, `ping`: words and paths in a text, no sentences. */
const topicWords = (text: string): string[] =>
  text.length > 120 ? [] : (text.match(/(?:\/[\w.-]+)+\/?|[A-Za-z_][\w-]{2,}/g) ?? []);

function nearChange(before: readonly Lexeme[], after: readonly Lexeme[]): Lexeme[] {
  const from = firstDifference(before, after);
  let tail = 0;
  while (tail < before.length - from && before.at(-1 - tail)?.text === after.at(-1 - tail)?.text)
    tail++;
  return before.slice(Math.max(0, from - 12), Math.max(from + 1, before.length - tail) + 12);
}

function weakSpotWords(before: readonly Lexeme[], after: readonly Lexeme[]): ReadonlySet<string> {
  const near = nearChange(before, after);
  return new Set(
    near.flatMap((lexeme) =>
      lexeme.kind === 'identifier' || lexeme.kind === 'string' ? wordsIn(lexeme.text) : [],
    ),
  );
}
