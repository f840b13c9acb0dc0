/**
 * @file From a request's items to rewards: which task is meant, the answer as a rollout over the caller's tokens, the
 * judgement, the reward. Where no pairs were given to the server, the pair channel learns from each task's own reference.
 */
import type { Rollout } from '../../../data/rollout.ts';
import type { Task } from '../../../data/task.ts';
import { createOffsetMap, rangeToCodePoints } from '../../../data/offsets.ts';
import type { Environment } from '../../../srcode/environment.ts';
import { programOf } from '../../../srcode/answer.ts';
import { asRollout } from '../../../srcode/reward/as-rollout.ts';
import { sentenceOf } from '../../../srcode/reward/explain.ts';
import type { RewardPair } from '../../../srcode/reward/patterns.ts';
import {
  createRewarder,
  type RewardedProgram,
  type Rewarder,
} from '../../../srcode/reward/rewarder.ts';
import type { Tokenizer } from '../../../tokenizer/tokenizer.ts';
import { Refusal } from '../tinker/refusal.ts';
import type { RewardAnswer, RewardItem } from './wire.ts';

export interface KnownThings {
  readonly tasks: ReadonlyMap<string, Task>;
  readonly pairs: ReadonlyMap<string, Task>;
  readonly tokenizers: ReadonlyMap<string, Tokenizer>;
  /** What the pair channel learns from, whatever the task. */
  readonly patterns: readonly RewardPair[];
}

interface Prepared {
  readonly task: Task;
  readonly rollout: Rollout;
  /** Tokens the caller sent, or the text's and the end. */
  readonly length: number;
  readonly group: number | undefined;
}

const KEPT_REWARDERS = 256;

export class AnswerJudge {
  private readonly known: KnownThings;
  private readonly environment: Environment;
  private readonly shared: Rewarder | undefined;
  private readonly own = new Map<string, Rewarder>();

  constructor(known: KnownThings, environment: Environment) {
    this.known = known;
    this.environment = environment;
    this.shared = known.patterns.length > 0 ? createRewarder({ pairs: known.patterns }) : undefined;
  }

  /** @throws Refusal 404, 422 naming the item. */
  prepare(item: RewardItem, place: string, groupBase: number): Prepared {
    const task = this.taskOf(item, place);
    const tokenizer = this.tokenizerOf(item, place);
    const group = item.group === undefined ? undefined : groupBase + item.group;
    if (item.completion !== undefined) {
      const whole = asRollout(task, item.completion, tokenizer);
      const rollout = { ...whole, finishReason: item.finish_reason };
      return { task, rollout, length: rollout.tokens.length, group };
    }
    if (!tokenizer)
      throw new Refusal(422, `${place}: token_ids need a tokenizer, and none is loaded`);
    const ids = item.token_ids ?? [];
    const bad = ids.find((id) => id >= tokenizer.vocabularySize);
    if (bad !== undefined)
      throw new Refusal(
        422,
        `${place}: token ${bad} is not among the tokenizer’s ${tokenizer.vocabularySize}`,
      );
    return {
      task,
      rollout: rolloutOf(task, ids, item.finish_reason, tokenizer),
      length: ids.length,
      group,
    };
  }

  /** OpenRLHF sends prompt and answer as one text, and what it knows of the task as a label. */
  openRlhfItem(query: string, prompt: string, label: string): RewardItem {
    const completion = query.startsWith(prompt) ? query.slice(prompt.length) : query;
    const named = this.known.tasks.has(label) || !this.known.pairs.has(label);
    return {
      completion,
      finish_reason: 'stop',
      ...(named ? { task_id: label } : { pair_id: label }),
    };
  }

  private taskOf(item: RewardItem, place: string): Task {
    if (item.task) return item.task;
    const { task_id: taskId, pair_id: pairId } = item;
    const found =
      taskId === undefined ? this.known.pairs.get(pairId ?? '') : this.known.tasks.get(taskId);
    if (found) return found;
    if (taskId !== undefined) throw new Refusal(404, `${place}: no task "${taskId}" here`);
    if (pairId !== undefined) throw new Refusal(404, `${place}: no pair "${pairId}" here`);
    if (!item.language)
      throw new Refusal(422, `${place}: give task_id, pair_id, task, or at least language`);
    return looseTask(item.prompt ?? '', item.language);
  }

  private tokenizerOf(item: RewardItem, place: string): Tokenizer | undefined {
    const { tokenizers } = this.known;
    if (item.tokenizer === undefined) return tokenizers.get('default');
    const found = tokenizers.get(item.tokenizer);
    if (!found) throw new Refusal(404, `${place}: no tokenizer "${item.tokenizer}" here`);
    return found;
  }

  /** All at once, since channels compare answers and match patterns in one go. */
  async judge(items: readonly Prepared[]): Promise<RewardAnswer[]> {
    const programs = items.map(({ task, rollout }) => ({ task, program: programOf(rollout.text) }));
    const judgements = await this.environment.judge(programs);
    const batch = items.map(({ task, rollout, group }, index) => ({
      task,
      rollout,
      ...(group === undefined ? {} : { group }),
      ...judgements[index]!,
    }));
    const answers: RewardAnswer[] = [];
    const byRewarder = new Map<Rewarder, number[]>();
    items.forEach(({ task }, index) => {
      const rewarder = this.rewarderOf(task);
      byRewarder.set(rewarder, [...(byRewarder.get(rewarder) ?? []), index]);
    });
    for (const [rewarder, indices] of byRewarder) {
      const rewarded = await rewarder.rewardPrograms(indices.map((index) => batch[index]!));
      indices.forEach((index, at) => {
        answers[index] = answerOf(items[index]!, rewarded[at]!);
      });
    }
    return answers;
  }

  private rewarderOf(task: Task): Rewarder {
    if (this.shared) return this.shared;
    const { reference, language } = task;
    const key = reference ? `${language}\0${reference.vulnerable}\0${reference.fixed}` : '';
    const kept = this.own.get(key);
    if (kept) return kept;
    const pairs = reference ? [{ id: 'reference', language, ...reference }] : [];
    const made = createRewarder({ pairs });
    this.own.set(key, made);
    const [oldest] = this.own.keys();
    if (this.own.size > KEPT_REWARDERS && oldest !== undefined) this.own.delete(oldest);
    return made;
  }
}

/** An answer to a task nobody described: the analyzers’ rules are all that can judge it. */
const looseTask = (prompt: string, language: Task['language']): Task => ({
  id: 'unnamed',
  prompt: { style: 'chat', text: prompt, language },
  language,
  cwe: [],
  families: [],
  weakSpots: 1,
  split: 'external',
  interface: [],
  world: {},
  functionalTests: [],
  exploitTests: [],
});

/** The end token is added where the caller's tokens have none, so that the last real token can earn. */
function rolloutOf(
  task: Task,
  ids: readonly number[],
  finishReason: 'stop' | 'length',
  tokenizer: Tokenizer,
): Rollout {
  const ended = finishReason === 'length' || ids.at(-1) === tokenizer.endOfTextId;
  const tokens = ended ? [...ids] : [...ids, tokenizer.endOfTextId];
  const { text, ranges } = tokenizer.decode(tokens);
  return {
    taskId: task.id,
    promptTokens: [],
    tokens,
    logprobs: new Array<number>(tokens.length).fill(0),
    text,
    tokenRanges: ranges,
    finishReason,
  };
}

function answerOf(
  { rollout, length }: Prepared,
  { instance, tokens }: RewardedProgram,
): RewardAnswer {
  const map = createOffsetMap(rollout.text);
  const vector = folded(tokens.rewards, length);
  const training = vector.slice();
  if (length > 0) training[length - 1] = instance.value;
  return {
    scalar: instance.value,
    instance,
    token_rewards: vector,
    training_rewards: training,
    tokens: rollout.tokenRanges.slice(0, length).map((range) => {
      const { start, end } = rangeToCodePoints(range, map);
      return { start, end };
    }),
    spans: tokens.attributions.map((item) => rangeToCodePoints(item, map)),
    reasons: [instance.why, ...tokens.attributions.map(sentenceOf)],
  };
}

/** What fell on an added end token belongs to the last token the caller knows. */
function folded(rewards: Float32Array, length: number): number[] {
  const vector = Array.from(rewards.subarray(0, length));
  for (let extra = length; extra < rewards.length && length > 0; extra++)
    vector[length - 1]! += rewards[extra]!;
  return vector;
}
