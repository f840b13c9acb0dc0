/**
 * @file Collateral drift (ours): how far training moved tokens that decide nothing about security. The starting model writes
 * programs for held-out tasks; both models then say how likely every token is. KL(start || trained) per token from samples of
 * the starting model, and the change of entropy on the same prefixes, apart for security tokens (those a token reward would
 * fall on) and neutral ones. With one seed all arms are measured on the same programs, whole or not at all into drift.json.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEmbeddedAnalyzer } from '../../analyzers/embedded/analyzer.ts';
import type { Rollout } from '../../data/rollout.ts';
import type { Task } from '../../data/task.ts';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { createRandom } from '../../kernel/random.ts';
import { programOf } from '../../srcode/answer.ts';
import { klEstimate } from '../../srcode/kl.ts';
import { createRewarder } from '../../srcode/reward/rewarder.ts';
import { answerPart, plainDatum, sampleRollouts } from '../../srcode/rollouts.ts';
import type { DriftPlan } from '../training-config.ts';
import { chooseTasks } from './choose-tasks.ts';
import { type ModelChoice, type OpenModel, openModel } from './open-model.ts';

export interface TokenDrift {
  readonly tokens: number;
  /** Mean over tokens of the k3 estimate of KL(start || trained), in nats. */
  readonly kl: number;
  /** Mean entropy in nats; null where the engine does not tell it. */
  readonly entropyBefore: number | null;
  readonly entropyAfter: number | null;
}

export interface Drift {
  readonly programs: number;
  readonly neutral: TokenDrift;
  readonly security: TokenDrift;
}

export async function measureDrift(
  trained: OpenModel,
  run: ModelChoice & { readonly out: string },
  plan: DriftPlan,
  maxTokens: number,
): Promise<Drift> {
  const file = join(run.out, 'drift.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Drift;
  const start = await openModel(run);
  try {
    const tasks = await chooseTasks(plan.tasks);
    const groups = await sampleRollouts(start, tasks, plan.samplesPerTask, {
      maxTokens,
      temperature: 1,
      topP: 1,
      topK: -1,
      seed: createRandom(plan.seed, 'drift').uint32(),
      stopTokens: [start.tokenizer.endOfTextId],
    });
    const items = groups.flatMap((rollouts, index) =>
      rollouts.map((rollout) => ({ task: tasks[index]!, rollout })),
    );
    const marked = await securityTokens(items);
    const data = items.map(({ rollout }) => plainDatum(rollout));
    const [before, after] = [
      await start.engine.forward(data, { entropies: true }),
      await trained.engine.forward(data, { entropies: true }),
    ];
    const sums = { neutral: createSums(), security: createSums() };
    items.forEach(({ rollout }, i) => {
      const part = (rows: readonly Float32Array[] | undefined) =>
        rows && answerPart(rollout, rows[i]!);
      const [old, young] = [part(before.logprobs)!, part(after.logprobs)!];
      const [oldEntropy, youngEntropy] = [part(before.entropies), part(after.entropies)];
      for (let t = 0; t < rollout.tokens.length; t++)
        sums[marked[i]![t] === 1 ? 'security' : 'neutral'].add(
          klEstimate(old[t]! - young[t]!, 'k3'),
          oldEntropy?.[t],
          youngEntropy?.[t],
        );
    });
    const drift: Drift = {
      programs: items.length,
      neutral: sums.neutral.result(),
      security: sums.security.result(),
    };
    writeFileAtomic(file, `${JSON.stringify(drift, null, 2)}\n`);
    return drift;
  } finally {
    await start.engine.close();
  }
}

function createSums() {
  let [tokens, kl, before, after, told] = [0, 0, 0, 0, true];
  return {
    add(estimate: number, entropyBefore: number | undefined, entropyAfter: number | undefined) {
      tokens++;
      kl += estimate;
      if (entropyBefore === undefined || entropyAfter === undefined) told = false;
      else {
        before += entropyBefore;
        after += entropyAfter;
      }
    },
    result: (): TokenDrift => ({
      tokens,
      kl: tokens === 0 ? 0 : kl / tokens,
      entropyBefore: told && tokens > 0 ? before / tokens : null,
      entropyAfter: told && tokens > 0 ? after / tokens : null,
    }),
  };
}

/** [program][token] 1 where the tasks' own pairs or the rules lay an amount, whatever the run's channels and label errors. */
async function securityTokens(
  items: readonly { task: Task; rollout: Rollout }[],
): Promise<Uint8Array[]> {
  const analyzer = await createEmbeddedAnalyzer();
  const references = new Map(
    items.flatMap(({ task: { id, language, reference } }) =>
      reference ? [[id, { id, language, ...reference }] as const] : [],
    ),
  );
  const rewarder = createRewarder({ pairs: [...references.values()] });
  const rewarded = await rewarder.rewardPrograms(
    items.map(({ task, rollout }) => {
      const { language } = task;
      const source = { file: `${task.id}.${language}`, language, code: programOf(rollout.text) };
      return { task, rollout, execution: null, analysis: analyzer.analyzeSync(source) };
    }),
  );
  return rewarded.map(({ tokens }) => {
    const whole = tokens.attributions
      .filter(({ rule }) => rule === 'no-honest-attempt')
      .reduce((sum, { amount }) => sum + amount, 0);
    const last = tokens.rewards.length - 1;
    return Uint8Array.from(tokens.rewards, (amount, t) =>
      Number(Math.abs(t === last ? amount - whole : amount) > 1e-6),
    );
  });
}
