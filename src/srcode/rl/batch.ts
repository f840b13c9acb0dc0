import type { Task } from '../../data/task.ts';
import type { InstanceReward, TokenRewards } from '../../data/token-rewards.ts';
import type { ProgramToReward } from '../reward/channel.ts';
import type { RewardedProgram, Rewarder } from '../reward/rewarder.ts';
import { createRandom } from '../../kernel/random.ts';
import { programOf } from '../answer.ts';
import { type Environment, passedAll } from '../environment.ts';
import { type SamplingSetup, sampleRollouts } from '../rollouts.ts';
import type { RlConfig } from './config.ts';

export interface Experience extends ProgramToReward, RewardedProgram {
  readonly program: string;
  readonly functional: boolean | null;
  /** The R that enters the advantage under the configured granularity. */
  readonly reward: number;
}

export interface Batch {
  /** [group][answer]; only groups that carry a signal. */
  readonly groups: readonly (readonly Experience[])[];
  /** Everything sampled, for the log: dropped groups count too. */
  readonly all: readonly Experience[];
  readonly droppedGroups: number;
  readonly sampledTokens: number;
}

export interface BatchSetup extends SamplingSetup {
  readonly tasks: readonly Task[];
  readonly environment: Environment;
  readonly rewarder: Rewarder;
  readonly config: RlConfig;
  readonly seed: number;
}

/** The tasks of one step (or of one of its refill rounds): a walk through seeded permutations, so every task comes once per epoch. */
export function tasksOfStep(
  tasks: readonly Task[],
  perStep: number,
  step: number,
  seed: number,
): Task[] {
  const chosen: Task[] = [];
  for (let i = 0; i < perStep; i++) {
    const index = step * perStep + i;
    const epoch = Math.floor(index / tasks.length);
    chosen.push(epochOrder(tasks, epoch, seed)[index % tasks.length]!);
  }
  return chosen;
}

const orders = new WeakMap<readonly Task[], Map<string, readonly Task[]>>();

function epochOrder(tasks: readonly Task[], epoch: number, seed: number): readonly Task[] {
  const known = orders.get(tasks) ?? new Map<string, readonly Task[]>();
  orders.set(tasks, known);
  const key = `${seed}/${epoch}`;
  const order = known.get(key) ?? createRandom(seed, 'rl-task-order', epoch).shuffle(tasks);
  known.set(key, order);
  return order;
}

export async function gatherBatch(setup: BatchSetup, step: number): Promise<Batch> {
  const { config } = setup;
  const groups: Experience[][] = [];
  const all: Experience[] = [];
  let dropped = 0;
  for (let round = 0; round <= config.refillRounds; round++) {
    const missing = config.promptsPerStep - groups.length;
    if (missing <= 0) break;
    const position = step * (config.refillRounds + 1) + round;
    const tasks = tasksOfStep(setup.tasks, config.promptsPerStep, position, setup.seed).slice(
      0,
      missing,
    );
    const sampled = await gatherGroups(setup, tasks, position);
    for (const group of sampled) {
      all.push(...group);
      if (carriesSignal(group)) groups.push(group);
      else dropped++;
    }
  }
  const sampledTokens = all.reduce((sum, item) => sum + item.rollout.tokens.length, 0);
  return { groups, all, droppedGroups: dropped, sampledTokens };
}

async function gatherGroups(
  setup: BatchSetup,
  tasks: readonly Task[],
  position: number,
): Promise<Experience[][]> {
  const { config } = setup;
  const rollouts = await sampleRollouts(setup, tasks, config.groupSize, {
    maxTokens: config.maxTokens,
    temperature: config.temperature,
    topP: 1,
    topK: -1,
    seed: createRandom(setup.seed, 'rl-sampling', position).uint32(),
    stopTokens: [setup.tokenizer.endOfTextId],
  });
  const flat = rollouts.flatMap((group, index) =>
    group.map((rollout) => ({
      rollout,
      task: tasks[index]!,
      program: programOf(rollout.text),
      group: index,
    })),
  );
  const judgements = await setup.environment.judge(flat);
  const toReward = flat.map((item, i) => ({ ...item, ...judgements[i]! }));
  const rewarded = await setup.rewarder.rewardPrograms(toReward);
  const experiences = toReward.map((item, i): Experience => {
    const { instance, tokens, units } = rewarded[i]!;
    const functional = passedAll(item.execution);
    const kept = config.granularity === 'instance' ? silenced(tokens) : located(tokens);
    return {
      ...item,
      instance,
      tokens: kept,
      ...(units && config.credit === 'unit' ? { units } : {}),
      functional,
      reward: rewardUnder(config.granularity, instance),
    };
  });
  return rollouts.map((_, index) => experiences.filter((item) => item.group === index));
}

/** Under 'token', R keeps only what has no place in the text: function and format. */
function rewardUnder(granularity: RlConfig['granularity'], instance: InstanceReward): number {
  if (granularity !== 'token') return instance.value;
  return instance.functional ?? instance.format;
}

const silenced = (tokens: TokenRewards): TokenRewards => ({
  rewards: new Float32Array(tokens.rewards.length),
  attributions: [],
});

/**
 * Without what the rewarder lays on the last token of an answer that is no honest attempt: that is a verdict on the whole answer,
 * which R already carries, and it would dwarf the scale of what falls on single tokens.
 */
function located(tokens: TokenRewards): TokenRewards {
  const whole = tokens.attributions.filter((item) => item.rule === 'no-honest-attempt');
  if (whole.length === 0) return tokens;
  const rewards = tokens.rewards.slice();
  for (const item of whole) rewards[rewards.length - 1]! -= item.amount;
  return { rewards, attributions: tokens.attributions.filter((item) => !whole.includes(item)) };
}

const carriesSignal = (group: readonly Experience[]): boolean =>
  group.some(
    (item) =>
      item.reward !== group[0]!.reward ||
      item.units?.some(({ reward }, unit) => reward !== group[0]!.units![unit]!.reward) ||
      item.tokens.rewards.some((amount) => amount !== 0),
  );
