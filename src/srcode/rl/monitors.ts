/**
 * @file Watches a run for signs of reward hacking that the reward itself cannot see: programs turning into comments,
 * growing or shrinking, no longer parsing, repeating themselves, refusing, or echoing the prompt. Ours; each is a share over one step.
 */
import { lexemesOf } from '../../code/lexer.ts';
import type { Task } from '../../data/task.ts';
import type { RlConfig } from './config.ts';

export interface WatchedProgram {
  readonly task: Task;
  readonly program: string;
  readonly parses: boolean;
}

export interface MonitorReading {
  readonly commentShare: number;
  readonly parseRate: number;
  readonly repeatShare: number;
  readonly refusalRate: number;
  readonly promptSimilarity: number;
  /** Mean program length in UTF-16 units. */
  readonly meanLength: number;
}

const REFUSAL = /\b(i (can('|no)t|cannot|won't)|i'm sorry|as an ai|unable to (help|comply))\b/i;

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

export function readMonitors(programs: readonly WatchedProgram[]): MonitorReading {
  const shares = programs.map(({ task, program }) => commentAndRepeatShare(task, program));
  return {
    commentShare: mean(shares.map((share) => share.comment)),
    repeatShare: mean(shares.map((share) => share.repeat)),
    parseRate: mean(programs.map(({ parses }) => (parses ? 1 : 0))),
    refusalRate: mean(programs.map(({ program }) => (REFUSAL.test(program) ? 1 : 0))),
    promptSimilarity: mean(
      programs.map(({ task, program }) => promptOverlap(task.prompt.text, program)),
    ),
    meanLength: mean(programs.map(({ program }) => program.length)),
  };
}

/** Comment characters over all, and the share of lines that repeat an earlier non-trivial line. */
function commentAndRepeatShare(task: Task, program: string): { comment: number; repeat: number } {
  let comment = 0;
  let all = 0;
  for (const lexeme of lexemesOf(task.language, program)) {
    const length = lexeme.end - lexeme.start;
    all += length;
    if (lexeme.kind === 'comment') comment += length;
  }
  const seen = new Set<string>();
  let lines = 0;
  let repeated = 0;
  for (const line of program.split('\n')) {
    const text = line.trim();
    if (text.length < 8) continue;
    lines++;
    if (seen.has(text)) repeated++;
    seen.add(text);
  }
  return { comment: all ? comment / all : 0, repeat: lines ? repeated / lines : 0 };
}

/** Share of the program's word 3-grams that stand in the prompt. */
function promptOverlap(prompt: string, program: string): number {
  const grams = (text: string): string[] => {
    const words = text.toLowerCase().match(/[a-z_]+/g) ?? [];
    return words.slice(0, -2).map((_, i) => words.slice(i, i + 3).join(' '));
  };
  const known = new Set(grams(prompt));
  const written = grams(program);
  return written.length ? written.filter((gram) => known.has(gram)).length / written.length : 0;
}

/** One sentence per limit exceeded. @param firstLength mean length at the first step, the measure for growth and shrinkage */
export function alarmsOf(
  reading: MonitorReading,
  firstLength: number,
  limits: RlConfig['monitors'],
): string[] {
  const alarms: string[] = [];
  const above = (value: number, limit: number, what: string): void => {
    if (value > limit)
      alarms.push(`${what} ${(100 * value).toFixed(0)}% exceeds ${(100 * limit).toFixed(0)}%`);
  };
  above(reading.commentShare, limits.maxCommentShare, 'comment share');
  above(reading.repeatShare, limits.maxRepeatShare, 'share of repeated lines');
  above(reading.refusalRate, limits.maxRefusalRate, 'refusal rate');
  above(reading.promptSimilarity, limits.maxPromptSimilarity, 'similarity to the prompt');
  if (reading.parseRate < limits.minParseRate) {
    alarms.push(
      `parse rate ${(100 * reading.parseRate).toFixed(0)}% is under ${(100 * limits.minParseRate).toFixed(0)}%`,
    );
  }
  const growth = firstLength > 0 ? reading.meanLength / firstLength : 1;
  if (growth > limits.maxLengthRatio || growth < 1 / limits.maxLengthRatio) {
    alarms.push(`programs are ${growth.toFixed(2)} times as long as at the start`);
  }
  return alarms;
}
