/**
 * @file What a reward channel is and what it sees. A channel says where in a program something speaks for or against its
 * security and by how much; what of that is paid, and to which tokens, is decided in one place (combine.ts).
 */
import type { PlainTree } from '../../analyzers/embedded/parse-source.ts';
import type { SecureIdiom } from '../../analyzers/secure-idioms.ts';
import type { Analysis } from '../../analyzers/finding.ts';
import type { Lexeme } from '../../code/lexeme.ts';
import type { Range } from '../../data/offsets.ts';
import type { Rollout } from '../../data/rollout.ts';
import type { Task } from '../../data/task.ts';
import type { Attribution, ChannelName } from '../../data/token-rewards.ts';
import type { ProgramOutcome } from '../../sandbox/sandbox.ts';

export interface ProgramToReward {
  readonly task: Task;
  readonly rollout: Rollout;
  /** Of the functional tests; null when the task has none. */
  readonly execution: ProgramOutcome | null;
  readonly analysis: Analysis;
  /** Of the program, where judging it made one. */
  readonly tree?: PlainTree;
  /** Answers to one prompt share a number; left out, an answer stands alone. */
  readonly group?: number;
}

/** One answer, taken apart once for all channels. Ranges count UTF-16 units of `program`. */
export interface ProgramContext extends ProgramToReward {
  readonly program: string;
  /** Where the program lies in the answer's text. */
  readonly place: Range;
  /** Without comments. */
  readonly lexemes: readonly Lexeme[];
  readonly comments: readonly Range[];
  readonly locals: ReadonlySet<string>;
  readonly idioms: readonly SecureIdiom[];
  /** Code that can never run, or does nothing. */
  readonly dead: readonly Range[];
  readonly standing: Standing;
}

/** What the answer is as a program; decides what it may earn. */
export interface Standing {
  readonly parses: boolean;
  /** All functional tests passed; null: there are none. */
  readonly works: boolean | null;
  /** Everything the task asks for is there (interface, and the calls both reference versions make), as far as can be told. */
  readonly complete: boolean;
  /** Why it may not earn, in a sentence; undefined when it may. */
  readonly fault: string | undefined;
}

export interface RewardChannel {
  readonly name: ChannelName;
  /** [program] Attributions in the program's coordinates, unweighted. Sees the batch at once, to match or compare in one go. */
  attribute(
    batch: readonly ProgramContext[],
  ): readonly (readonly Attribution[])[] | Promise<readonly (readonly Attribution[])[]>;
}

/** The answers of each group, by their index in the batch. */
export function groupsOf(batch: readonly ProgramContext[]): number[][] {
  const groups = new Map<number | string, number[]>();
  batch.forEach(({ group, task }, index) => {
    const key = group ?? `alone ${index}`;
    const name = `${key} ${task.id}`;
    groups.set(name, [...(groups.get(name) ?? []), index]);
  });
  return [...groups.values()];
}
