/**
 * @file Edits that look like work and change nothing a security fix could: other quotes or another way to write the same
 * number, a docstring, a variable nobody reads, a line in the log, another name for a field, errors swallowed around code left
 * as it was. Told by lexemes (ours); each form was tried on real fixes and costs next to none of them.
 */
import { lexerFamily } from '../../code/languages.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import type { DiffHunk, GateQuestion } from './gate.ts';
import { idleStatementEdit } from './idle-statements.ts';
import { withoutInertCode } from './inert-code.ts';
import { oneToOneRenames } from './renaming.ts';

/** What the edit amounts to, in words, or undefined for one that may matter. */
export function idleEdit(question: GateQuestion): string | undefined {
  const { before, after, diff } = question;
  const { language } = before;
  const was = plain(withoutInertCode(before), before.code, language);
  const is = plain(withoutInertCode(after), after.code, language);
  if (was.join(' ') === is.join(' '))
    return 'what differs is written otherwise and means the same: quotes, numbers, docstrings';
  const shuffled = idleStatementEdit(before, after);
  if (shuffled !== undefined) return shuffled;
  if (onlyRewords(before.lexemes, after.lexemes))
    return 'only the wording of texts for people differs';
  if (renamesFields(before.lexemes, after.lexemes))
    return 'only names differ, each the same way everywhere';
  if (diff.deleted.length > 0 || diff.inserted.length === 0) return undefined;
  if (swallowsErrors(diff.inserted))
    return 'the fix only swallows the errors of what it leaves as it was';
  const rest = diff.hunks.map((hunk) =>
    withoutIdleStatements(
      fromStatementStart(hunk, after.lexemes),
      after.lexemes,
      language === 'python',
    ),
  );
  return rest.every((left) => left.length === 0)
    ? 'what is added only logs, or sets what nobody reads'
    : undefined;
}

/** [lexeme] Texts with one spelling for texts and numbers, without statements that are only a text. */
function plain(
  lexemes: readonly Lexeme[],
  code: string,
  language: GateQuestion['before']['language'],
): string[] {
  const family = lexerFamily(language);
  const quotesAreFree = family === 'python' || family === 'javascript';
  const texts: string[] = [];
  lexemes.forEach((lexeme, i) => {
    if (lexeme.kind === 'string') {
      if (family === 'python' && standsAlone(lexemes, i, code)) return;
      texts.push(
        quotesAreFree ? lexeme.text.replace(/^(["'])([^"'\\]*)\1$/s, '"$2"') : lexeme.text,
      );
    } else if (lexeme.kind === 'number' && /^0[xX][0-9a-fA-F]+$/.test(lexeme.text))
      texts.push(String(Number(lexeme.text)));
    else texts.push(lexeme.text);
  });
  return texts;
}

/** A text with a line to itself, not inside brackets or behind an operator: a docstring or a note. */
function standsAlone(lexemes: readonly Lexeme[], at: number, code: string): boolean {
  const lexeme = lexemes[at]!;
  const previous = lexemes[at - 1];
  const next = lexemes[at + 1];
  const opens =
    previous === undefined ||
    (code.slice(previous.end, lexeme.start).includes('\n') &&
      (previous.kind !== 'operator' || /^[:)\]}]$/.test(previous.text)));
  return opens && (next === undefined || code.slice(lexeme.end, next.start).includes('\n'));
}

/** Two words or more, and nothing that a format, a query, a path, a pattern or a command needs. */
const PROSE = /^["'][A-Za-z][A-Za-z,.!?'()]*(?: [A-Za-z,.!?'()]+)+[.!?]?["']$/;
const QUERY = /\b(?:select|insert|update|delete|from|where|drop|set)\b/i;

/** Texts differ and nothing else, and each reads like a sentence before and after, or has words added to it. */
function onlyRewords(before: readonly Lexeme[], after: readonly Lexeme[]): boolean {
  if (before.length !== after.length) return false;
  const isProse = (text: string): boolean => PROSE.test(text) && !QUERY.test(text);
  return before.every((from, i) => {
    const to = after[i]!;
    if (from.text === to.text) return true;
    if (from.kind !== 'string' || to.kind !== 'string' || !isProse(to.text)) return false;
    return isProse(from.text) || to.text.startsWith(`${from.text.slice(0, -1)} `);
  });
}

const LEAST_USES = 2;

/** One-to-one renaming of names that are neither called nor constants nor types, each used several times. */
function renamesFields(before: readonly Lexeme[], after: readonly Lexeme[]): boolean {
  const renames = oneToOneRenames(before, after);
  if (renames === undefined || renames.size === 0) return false;
  const uses = new Map<string, number>();
  return (
    before.every(({ kind, text }, i) => {
      if (kind !== 'identifier' || !renames.has(text)) return true;
      uses.set(text, (uses.get(text) ?? 0) + 1);
      const next = before[i + 1];
      const isTypeOrCall = next?.kind === 'identifier' || next?.text === '(' || next?.text === '*';
      const isCast = next?.text === ')' && before[i - 1]?.text === '(';
      return !isTypeOrCall && !isCast && !/[A-Z]{2}|^[A-Z]$/.test(text);
    }) && [...uses.values()].every((count) => count >= LEAST_USES)
  );
}

const HANDLER =
  /^try (?::|\{) (?:\} )?(?:(?:except|catch)\b[^{:]*(?::|\{)) (?:(?:pass|continue|return(?: (?:None|null|nil|false|False|0|-1|- 1))?|;) ?)*(?:\} ?)*$/;

/** `try: ... except Exception: pass` put round what was there, and nothing else. */
const swallowsErrors = (inserted: readonly Lexeme[]): boolean =>
  HANDLER.test(inserted.map((lexeme) => lexeme.text).join(' '));

/** An insertion may be told apart from what stands round it in several ways: the one that begins a statement, if any. */
function fromStatementStart(hunk: DiffHunk, whole: readonly Lexeme[]): readonly Lexeme[] {
  const { length } = hunk.inserted;
  for (let from = hunk.insertedFrom; from > 0; from--) {
    if (/^[;{}]$/.test(whole[from - 1]!.text)) return whole.slice(from, from + length);
    if (whole[from - 1]!.text !== whole[from - 1 + length]?.text) break;
  }
  return hunk.inserted;
}

const LOGGER =
  /^(?:f?printf|printk\w*|pr_(?:debug|info|warn|err|notice)|dev_(?:dbg|info|warn|err)|syslog|puts|print|println|warn|info|debug|error|log\w*|LOG\w*|trace|Print(?:ln|f)?)$/;
const LOG_OWNER = /^(?:console|log|logger|logging|LOG|_log|_logger|self|out|err|fmt|System|this)$/;

/** The lexemes of an insertion that are left when log lines and variables nobody reads are taken out. */
function withoutIdleStatements(
  run: readonly Lexeme[],
  whole: readonly Lexeme[],
  isPython: boolean,
): Lexeme[] {
  const left: Lexeme[] = [];
  for (let i = 0; i < run.length; i++) {
    const end = Math.max(logEnd(run, i), unreadEnd(run, i, whole, isPython));
    if (end > i) i = end - 1;
    else left.push(run[i]!);
  }
  return left;
}

/** The index behind `console.log(...);`, or `at`. */
function logEnd(run: readonly Lexeme[], at: number): number {
  let i = at;
  while (LOG_OWNER.test(run[i]?.text ?? '') && run[i + 1]?.text === '.') i += 2;
  if (!LOGGER.test(run[i]?.text ?? '') || run[i + 1]?.text !== '(') return at;
  let depth = 0;
  for (let j = i + 1; j < run.length; j++) {
    if (run[j]!.text === '(') depth++;
    else if (run[j]!.text === ')' && --depth === 0) return run[j + 1]?.text === ';' ? j + 2 : j + 1;
  }
  return at;
}

/** The index behind `int unused = 0;` or `unused = None` whose name occurs nowhere else, or `at`. */
function unreadEnd(
  run: readonly Lexeme[],
  at: number,
  whole: readonly Lexeme[],
  isPython: boolean,
): number {
  let i = at;
  while (
    run[i]?.kind === 'keyword' &&
    /^(?:const|let|var|int|char|long|unsigned|bool|boolean|final|static|double|float|short|auto)$/.test(
      run[i]!.text,
    )
  )
    i++;
  const name = run[i];
  if (name?.kind !== 'identifier') return at;
  // Without a sign of declaration it may be a field or a keyword argument; only Python declares like this.
  const declares = i > at || run[i + 1]?.text === ':=';
  if (!declares && !(isPython && startsStatement(run, at, whole))) return at;
  if (whole.filter((lexeme) => lexeme.text === name.text).length !== 1) return at;
  let end = i + 1;
  if (run[end]?.text === '=' || run[end]?.text === ':=') {
    end++;
    if (run[end]?.text === '-') end++;
    const value = run[end];
    if (
      value === undefined ||
      !(
        value.kind === 'number' ||
        value.kind === 'string' ||
        /^(?:None|null|nil|NULL|true|false|True|False)$/.test(value.text)
      )
    )
      return at;
    end++;
  } else if (i === at) return at;
  return run[end]?.text === ';' ? end + 1 : end;
}

/** The first lexeme of a run that begins a statement and not a keyword argument: no bracket or comma is beside the run. */
function startsStatement(run: readonly Lexeme[], at: number, whole: readonly Lexeme[]): boolean {
  if (at !== 0 || run.some((lexeme) => /^[,()]$/.test(lexeme.text))) return false;
  const from = whole.indexOf(run[0]!);
  const beside = [whole[from - 1]?.text ?? '', whole[from + run.length]?.text ?? ''];
  return !beside.some((text) => /^[(,)[\]{}]$/.test(text));
}
