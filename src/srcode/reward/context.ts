/** @file Takes an answer apart once: its program, lexemes, dead code, and its standing (does it parse, work, do what was asked). */
import type { SecureIdiom } from '../../analyzers/secure-idioms.ts';
import type { SourceText } from '../../analyzers/finding.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import { lexemesOf } from '../../code/lexer.ts';
import { localNames } from '../../code/local-names.ts';
import { withoutComments } from '../../code/normalise.ts';
import { hasGrammar, parseSyntaxSync } from '../../code/syntax-tree.ts';
import type { Range } from '../../data/offsets.ts';
import type { Task } from '../../data/task.ts';
import { programRange } from '../answer.ts';
import { passedAll } from '../environment.ts';
import type { ProgramContext, ProgramToReward, Standing } from './channel.ts';
import { deadRanges, isDead } from './dead-code.ts';

export type IdiomFinder = (source: SourceText) => readonly SecureIdiom[];

/** At least this share of the calls that both reference versions make must be there. */
const KEPT_CALLS = 0.5;

/** Grammars must be loaded (`loadGrammar`) for the languages that have one. */
export function contextOf(item: ProgramToReward, idiomsIn: IdiomFinder): ProgramContext {
  const { task, rollout } = item;
  const { language } = task;
  const place = programRange(rollout.text);
  const program = rollout.text.slice(place.start, place.end);
  const all = lexemesOf(language, program);
  const lexemes = withoutComments(all);
  const { parses, dead } = syntaxOf(task, program, lexemes);
  const live = lexemes.filter((lexeme) => !isDead(dead, lexeme));
  return {
    ...item,
    program,
    place,
    lexemes,
    comments: all.filter((lexeme) => lexeme.kind === 'comment'),
    locals: localNames(language, lexemes),
    idioms: parses ? idiomsIn({ language, code: program, file: `${task.id}.${language}` }) : [],
    dead,
    standing: standingOf(item, parses, live),
  };
}

function syntaxOf(
  task: Task,
  program: string,
  lexemes: readonly Lexeme[],
): { parses: boolean; dead: Range[] } {
  if (lexemes.length === 0 || !hasGrammar(task.language)) return { parses: false, dead: [] };
  const tree = parseSyntaxSync(task.language, program);
  try {
    const parses = tree.errors <= allowedErrors(task) && !tree.root.isError;
    return { parses, dead: parses ? deadRanges(tree, task.interface) : [] };
  } finally {
    tree.free();
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
  const [before, after] = [task.reference.vulnerable, task.reference.fixed].map((code) =>
    calledNames(withoutComments(lexemesOf(task.language, code))),
  );
  const wanted = [...before!].filter((name) => after!.has(name));
  const called = calledNames(live);
  const kept = wanted.filter((name) => called.has(name)).length;
  return wanted.length > 0 && kept < KEPT_CALLS * wanted.length
    ? `the program makes only ${kept} of the ${wanted.length} calls the task needs`
    : undefined;
}

const NOT_CALLS = /^(?:if|for|while|switch|return|sizeof|catch|function|def)$/;

const calledNames = (lexemes: readonly Lexeme[]): Set<string> => {
  const names = new Set<string>();
  lexemes.forEach(({ text, kind }, index) => {
    if (kind === 'identifier' && lexemes[index + 1]?.text === '(' && !NOT_CALLS.test(text))
      names.add(text);
  });
  return names;
};
