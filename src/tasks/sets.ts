/** @file Deterministic sets of tasks for one split, without repetition; by default 60% one weak spot, 30% two, 10% three. */
import type { Random } from '../kernel/random.ts';
import { createRandom } from '../kernel/random.ts';
import { inputError } from '../kernel/errors.ts';
import { composeTask, fitTogether, makeSpot } from './compose.ts';
import type { Spot, TaskInstance } from './compose.ts';
import { heldOutFamilies, trainingFamilies } from './families/index.ts';
import type { Family } from './family.ts';
import type { TaskLanguage } from './task-language.ts';
import { drawParameters } from './splits.ts';
import type { TaskSplit } from './splits.ts';
import type { NeutralVariety } from './style.ts';
import { worldsFit } from './world.ts';

export interface TaskSetOptions {
  /** k for all tasks; otherwise the default mixture. */
  readonly weakSpots?: number;
  /** Default 'much'. */
  readonly neutralVariety?: NeutralVariety;
  /** Default 'javascript'; a set has one language. */
  readonly language?: TaskLanguage;
  /** Default: all training families of the language, or all held-out ones for 'held-out-family'. */
  readonly families?: readonly Family[];
}

const drawWeakSpots = (random: Random): number => {
  const share = random.next();
  return share < 0.6 ? 1 : share < 0.9 ? 2 : 3;
};

/** k different families whose functions and worlds can live in one program. */
export function drawSpots(
  random: Random,
  families: readonly Family[],
  count: number,
  split: TaskSplit,
): Spot[] {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const spots = random
      .shuffle(families)
      .slice(0, count)
      .map((family) => makeSpot(family, drawParameters(random, family, split)));
    if (fitTogether(spots) && worldsFit(spots.map(({ instance }) => instance.world))) return spots;
  }
  throw inputError(
    `no ${count} of the ${families.length} families given fit into one program`,
    'ask for fewer weak spots or more families',
  );
}

export function taskSet(
  split: TaskSplit,
  seed: string | number,
  count: number,
  options: TaskSetOptions = {},
): TaskInstance[] {
  const families =
    options.families ??
    (split === 'held-out-family' ? heldOutFamilies : trainingFamilies)(
      options.language ?? 'javascript',
    );
  if ((options.weakSpots ?? 1) > families.length)
    throw inputError(
      `${options.weakSpots} weak spots need as many families; ${families.length} given`,
      'ask for fewer weak spots',
    );
  const seen = new Set<string>();
  const tasks: TaskInstance[] = [];
  for (let index = 0; tasks.length < count; index++) {
    if (index > count * 20 + 1000)
      throw inputError(
        `only ${tasks.length} different tasks exist where ${count} were asked for`,
        'ask for fewer, or give more families',
      );
    const random = createRandom('task-set', split, seed, index);
    const weakSpots = options.weakSpots ?? Math.min(drawWeakSpots(random), families.length);
    const task = composeTask(random, drawSpots(random, families, weakSpots, split), {
      split,
      neutralVariety: options.neutralVariety ?? 'much',
    });
    if (seen.has(task.task.id)) continue;
    seen.add(task.task.id);
    tasks.push(task);
  }
  return tasks;
}
