/**
 * @file What an edit does to security, in numbers: how often each security-relevant thing is added minus how often it
 * is removed. Antisymmetric by construction (the reverse edit has the opposite numbers), so that a judgement made from
 * them cannot prefer a position. Language-independent (ours): words inside names, operators, and shapes of guards.
 */
import type { Lexeme } from '../../../code/lexeme.ts';
import type { DiffHunk, GateQuestion } from '../../gates/gate.ts';

/** Feature name -> added minus removed, dampened. */
export type EditFeatures = ReadonlyMap<string, number>;

export function editFeatures(question: GateQuestion): EditFeatures {
  const raw = new Map<string, number>();
  const add = (name: string, amount: number): void => {
    raw.set(name, (raw.get(name) ?? 0) + amount);
  };
  for (const hunk of question.diff.hunks) {
    describeSide(hunk.inserted, question.after.lexemes, hunk.insertedFrom, 1, add);
    describeSide(hunk.deleted, question.before.lexemes, hunk.deletedFrom, -1, add);
    describeReplacement(hunk, add);
  }
  for (const [, times] of question.after.dangers) add('danger', times);
  for (const [, times] of question.before.dangers) add('danger', -times);
  add('finding', findings(question.after.analysis) - findings(question.before.analysis));
  describeShape(question, add);
  const dampened = new Map<string, number>();
  for (const [name, amount] of raw)
    if (amount !== 0) dampened.set(name, Math.sign(amount) * Math.log2(1 + Math.abs(amount)));
  return dampened;
}

/**
 * Habits of whole edits: a fix is small, grows the code, often does nothing else, and brings names of its own. The steps
 * of the size keep one big edit from speaking louder than everything else about it.
 */
function describeShape({ before, after, diff }: GateQuestion, add: Add): void {
  const growth = diff.inserted.length - diff.deleted.length;
  add('size', growth);
  add('grows', Math.sign(growth));
  for (const most of [20, 80]) if (Math.abs(growth) > most) add(`grows>${most}`, Math.sign(growth));
  if (diff.deleted.length === 0 || diff.inserted.length === 0) add('one-way', Math.sign(growth));
  const was = identifiersOf(before.lexemes);
  const is = identifiersOf(after.lexemes);
  const come = [...is].filter((name) => !was.has(name)).length;
  const gone = [...was].filter((name) => !is.has(name)).length;
  add('new-names', come - gone);
  if ((come === 0) !== (gone === 0)) add('names-one-way', come > 0 ? 1 : -1);
}

const identifiersOf = (lexemes: readonly Lexeme[]): ReadonlySet<string> =>
  new Set(lexemes.filter(({ kind }) => kind === 'identifier').map(({ text }) => text));

const findings = (analysis: GateQuestion['before']['analysis']): number =>
  analysis.status === 'analysed' ? analysis.findings.length : 0;

const EXITS = new Set(['return', 'goto', 'throw', 'raise', 'break', 'continue', 'exit', 'abort']);
const COMPARISONS = new Set(['<', '>', '<=', '>=', '==', '!=', '===', '!==']);

type Add = (name: string, amount: number) => void;

function describeSide(
  run: readonly Lexeme[],
  whole: readonly Lexeme[],
  from: number,
  sign: 1 | -1,
  add: Add,
): void {
  run.forEach((lexeme, i) => {
    const next = whole[from + i + 1]?.text;
    if (lexeme.kind === 'identifier') {
      for (const word of wordsOf(lexeme.text)) add(`word:${word}`, sign);
      if (next === '(') {
        add('call', sign);
        for (const word of wordsOf(lexeme.text)) add(`call:${word}`, sign);
      }
    } else if (lexeme.kind === 'keyword' || lexeme.kind === 'operator') {
      add(`token:${lexeme.text}`, sign);
      if (COMPARISONS.has(lexeme.text)) add('comparison', sign);
    } else if (lexeme.kind === 'number') {
      add(/^(?:0|1|2)$/.test(lexeme.text) ? `number:${lexeme.text}` : 'number', sign);
    } else if (lexeme.kind === 'string') describeString(lexeme.text, sign, add);
    if (lexeme.text === 'if' && guardsExit(whole, from + i)) add('guard', sign);
  });
}

function describeString(text: string, sign: 1 | -1, add: Add): void {
  add('string', sign);
  if (/%s|\{\d*\}|\$\{$/.test(text)) add('string:substitution', sign);
  if (
    /(?:^|[\s(=,])(?:\?|%s|:\w+|\$\d)(?=[\s),'"`;]|$)/.test(text) &&
    /\b(?:select|insert|update|delete|where|values)\b/i.test(text)
  )
    add('string:placeholder', sign);
  if (/['"]%s['"]|'\{|'\$\{|'"$|^"'/.test(text)) add('string:quoted-substitution', sign);
  if (
    /error|invalid|not allowed|denied|illegal|too (?:long|large|big|small)|corrupt|bad |fail/i.test(
      text,
    )
  )
    add('string:complaint', sign);
}

/** A statement `if (...) return/goto/throw/...` or `if ...: raise`: what follows its condition leaves. */
function guardsExit(whole: readonly Lexeme[], at: number): boolean {
  let depth = 0;
  for (let i = at + 1; i < Math.min(whole.length, at + 80); i++) {
    const text = whole[i]!.text;
    if (text === '(') depth++;
    else if (text === ')') depth--;
    else if (depth === 0 && EXITS.has(text)) return true;
    else if (depth === 0 && (text === ';' || text === 'else' || text === 'elif')) return false;
    else if (text === '}') return false;
  }
  return false;
}

/** One lexeme for another at the same place says more than either alone: `<=` -> `<`, `strcpy` -> `strlcpy`. */
function describeReplacement(hunk: DiffHunk, add: Add): void {
  if (hunk.deleted.length !== 1 || hunk.inserted.length !== 1) return;
  const from = hunk.deleted[0]!;
  const to = hunk.inserted[0]!;
  if (from.kind !== to.kind || from.kind === 'string' || from.kind === 'number') return;
  const [low, high] = from.text < to.text ? [from.text, to.text] : [to.text, from.text];
  if (from.kind !== 'identifier') add(`swap:${low}>${high}`, from.text === low ? 1 : -1);
}

/** "sk_buff_headLen" -> sk, buff, head, len. Words of one letter say nothing. */
export function wordsOf(identifier: string): string[] {
  return identifier
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word.length > 1 && word.length < 20);
}
