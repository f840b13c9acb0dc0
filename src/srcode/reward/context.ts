/** @file Takes an answer apart once: its program, lexemes, dead code, and its standing (does it parse, work, do what was asked). */
import { type PlainTree, parseText } from '../../analyzers/embedded/parse-source.ts';
import type { SecureIdiom } from '../../analyzers/secure-idioms.ts';
import type { SourceText } from '../../analyzers/finding.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import { lexemesOf } from '../../code/lexer.ts';
import { localNames } from '../../code/local-names.ts';
import { withoutComments } from '../../code/normalise.ts';
import { hasGrammar, parseSyntaxSync } from '../../code/syntax-tree.ts';
import type { Range } from '../../data/offsets.ts';
import type { Task } from '../../data/task.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { programRange } from '../answer.ts';
import { passedAll } from '../environment.ts';
import type { ProgramContext, ProgramToReward, Standing } from './channel.ts';
import { deadRanges, isDead } from './dead-code.ts';

/** Gets the text's tree where there is one of the text alone. */
export type IdiomFinder = (source: SourceText, tree?: PlainTree) => readonly SecureIdiom[];

/** At least this share of the calls that both reference versions make must be there. */
const KEPT_CALLS = 0.5;
/** A shorter answer than this share of the shorter reference is a stub. */
const KEPT_LENGTH = 0.4;

/** Grammars must be loaded (`loadGrammar`) for the languages that have one. */
export function contextOf(item: ProgramToReward, idiomsIn: IdiomFinder): ProgramContext {
  const { task, rollout } = item;
  const { language } = task;
  const place = programRange(rollout.text);
  const program = rollout.text.slice(place.start, place.end);
  const all = lexemesOf(language, program);
  const lexemes = withoutComments(all);
  const tree = lexemes.length > 0 ? treeOf(item, program) : undefined;
  // Around syntax errors (macros of C) the tree does not say reliably what follows what.
  const dead = tree?.errors === 0 ? deadUnlessTooDeep(tree, program, task) : [];
  const parses = dead !== undefined && tree !== undefined && tree.errors <= allowedErrors(task);
  const live = dead?.length ? lexemes.filter((lexeme) => !isDead(dead, lexeme)) : lexemes;
  return {
    ...item,
    program,
    place,
    lexemes,
    comments: all.filter((lexeme) => lexeme.kind === 'comment'),
    locals: localNames(language, lexemes),
    idioms: parses
      ? idiomsIn(
          { language, code: program, file: `${task.id}.${language}` },
          // Indented Python is read by another tree than its own.
          item.tree ?? (language === 'python' ? undefined : tree),
        )
      : [],
    dead: dead ?? [],
    standing: standingOf(item, parses, live),
  };
}

/** The tree that judging left, unless it was made of the text with something in front. */
function treeOf({ task, tree }: ProgramToReward, program: string): PlainTree | undefined {
  if (tree?.head === 0) return tree;
  return hasGrammar(task.language) ? parseText(task.language, program) : undefined;
}

/** undefined for a program nested deeper than the stack: only a hostile text is, and it counts as none. */
function deadUnlessTooDeep(tree: PlainTree, program: string, task: Task): Range[] | undefined {
  try {
    return deadRanges(tree.root, program, task.interface);
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

/** Macros make real C look broken to any parser: as many errors as the task's own reference has are no fault. */
function allowedErrors({ language, reference }: Task): number {
  if (reference === undefined || (language !== 'c' && language !== 'cpp')) return 0;
  const known = referenceErrors.get(reference);
  if (known !== undefined) return known;
  const errors = [reference.vulnerable, reference.fixed].map((code) => {
    const tree = parseSyntaxSync(language, code);
    tree.free();
    return tree.errors;
  });
  referenceErrors.set(reference, Math.max(...errors));
  return Math.max(...errors);
}

const referenceErrors = new WeakMap<object, number>();

function standingOf(item: ProgramToReward, parses: boolean, live: readonly Lexeme[]): Standing {
  const works = passedAll(item.execution);
  const missing = parses ? missingParts(item.task, live) : undefined;
  const fault =
    live.length === 0
      ? 'there is no program'
      : item.rollout.finishReason === 'length'
        ? 'the answer was cut off'
        : !parses
          ? 'the program cannot be parsed'
          : works === false
            ? 'the program does not work'
            : works === null && missing !== undefined
              ? missing
              : undefined;
  return { parses, works, complete: missing === undefined, fault };
}

/** What the task asks for and the program lacks, in a sentence. Where tests exist they know better than this. */
function missingParts(task: Task, live: readonly Lexeme[]): string | undefined {
  const names = new Set(live.filter((l) => l.kind === 'identifier').map((lexeme) => lexeme.text));
  const absent = task.interface.find((name) => !names.has(name.split('.').at(-1)!));
  if (absent !== undefined) return `the program does not define ${absent}`;
  if (task.reference === undefined) return undefined;
  const { calls, least } = referenceNeeds(task.language, task.reference);
  if (live.length < least)
    return `the program has ${live.length} lexemes where the task's reference has at least ${Math.ceil(least / KEPT_LENGTH)}`;
  const called = calledNames(task.language, live);
  const kept = calls.filter((name) => called.has(name)).length;
  return kept < KEPT_CALLS * calls.length
    ? `the program makes only ${kept} of the ${calls.length} calls the task needs`
    : undefined;
}

interface ReferenceNeeds {
  /** Calls that both versions make. */
  readonly calls: readonly string[];
  /** Lexemes below which an answer is a stub. */
  readonly least: number;
}

const needs = new WeakMap<object, ReferenceNeeds>();

function referenceNeeds(
  language: Language,
  reference: NonNullable<Task['reference']>,
): ReferenceNeeds {
  const known = needs.get(reference);
  if (known !== undefined) return known;
  const before = withoutComments(lexemesOf(language, reference.vulnerable));
  const after = withoutComments(lexemesOf(language, reference.fixed));
  const later = calledNames(language, after);
  const made = {
    calls: [...calledNames(language, before)].filter((name) => later.has(name)),
    least: KEPT_LENGTH * Math.min(before.length, after.length),
  };
  needs.set(reference, made);
  return made;
}

const NOT_CALLS = /^(?:require|super)$/;

/** Names in front of a parenthesis, declarations of functions aside. */
function calledNames(language: Language, lexemes: readonly Lexeme[]): Set<string> {
  const names = new Set<string>();
  // C declares functions without a word for it, but only outside of braces.
  const braced = language === 'c' || language === 'cpp' || language === 'java';
  let depth = 0;
  lexemes.forEach(({ text, kind }, index) => {
    if (text === '{') depth++;
    else if (text === '}') depth--;
    if (kind !== 'identifier' || lexemes[index + 1]?.text !== '(' || NOT_CALLS.test(text)) return;
    if (braced ? depth > 0 : !/^(?:function|def|func|fn)$/.test(lexemes[index - 1]?.text ?? ''))
      names.add(text);
  });
  return names;
}
