/** @file From an ablation's configuration to its runs; equal budgets are checked before anything starts. */
import { join } from 'node:path';
import type { z } from 'zod';
import { inputError } from '../../kernel/errors.ts';
import { assignPath } from '../config.ts';
import { type LpoRun, lpoRunSchema, type RlRun, rlRunSchema } from '../training-config.ts';
import type { AblateConfig } from './config.ts';

interface RunOf<Kind extends string, Config> {
  readonly arm: string;
  readonly seed: number;
  readonly kind: Kind;
  readonly config: Config;
}
export type RlAblationRun = RunOf<'rl', RlRun>;
/** `ownBudget`: the arm says itself how long it trains. */
export type LpoAblationRun = RunOf<'lpo', LpoRun> & { readonly ownBudget: boolean };
export type AblationRun = RlAblationRun | LpoAblationRun;

export function planRuns(config: AblateConfig): AblationRun[] {
  const names = config.arms.map((arm) => arm.name);
  if (new Set(names).size < names.length)
    throw inputError(
      `arms: two arms have the same name (${names.join(', ')})`,
      'give every arm its own name',
    );
  const baseline = config.arms.find((arm) => arm.name === config.baseline);
  if (!baseline)
    throw inputError(
      `baseline: there is no arm "${config.baseline}"`,
      `choose one of ${names.join(', ')}`,
    );
  if (baseline.kind !== 'rl')
    throw inputError(
      `baseline: arm "${baseline.name}" is of kind "${baseline.kind}"`,
      'its budget is the measure of the others: choose an arm of kind "rl"',
    );
  const runs = config.arms.flatMap((arm) =>
    config.seeds.map((seed): AblationRun => {
      const common = {
        out: join(config.out, 'arms', arm.name, `seed-${seed}`),
        seed,
        final: config.final,
        drift: config.drift,
        ...(config.parallel > 1 ? { threads: 1 } : {}),
      };
      const read = <Config>(schema: z.ZodType<Config>, shared: object): Config => {
        const raw = structuredClone({ ...shared }) as Record<string, unknown>;
        for (const [key, value] of Object.entries(arm.set)) assignPath(raw, key.split('.'), value);
        return parsed(schema, { ...raw, ...common }, arm.name);
      };
      if (arm.kind === 'rl')
        return { arm: arm.name, seed, kind: 'rl', config: read(rlRunSchema, config.shared) };
      const { rl, tasks: _tasks, reward: _reward, ...shared } = config.shared;
      const maxTokens = rl?.maxTokens;
      return {
        arm: arm.name,
        seed,
        kind: 'lpo',
        config: read(lpoRunSchema, { ...shared, ...(maxTokens ? { maxTokens } : {}) }),
        ownBudget: 'lpo.epochs' in arm.set || 'lpo.budgetTokens' in arm.set,
      };
    }),
  );
  requireEqualBudgets(runs.filter((run) => run.kind === 'rl'));
  return runs;
}

function parsed<Config>(schema: z.ZodType<Config>, value: unknown, arm: string): Config {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw inputError(
    `arm "${arm}": ${result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
    'mend the arm’s "set"',
  );
}

/** The run with the budget it is to have: a preference arm gets the tokens that the baseline trained on with this seed. */
export const withBudget = (run: LpoAblationRun, baselineTokens: number): LpoAblationRun =>
  run.ownBudget
    ? run
    : {
        ...run,
        config: { ...run.config, lpo: { ...run.config.lpo, budgetTokens: baselineTokens } },
      };

/** Programs sampled per run: what "equal budget" means here, together with the token counts the report prints. */
const budgetOf = ({ config: { rl, tasks } }: RlAblationRun): string =>
  JSON.stringify([
    rl.steps,
    rl.promptsPerStep,
    rl.groupSize,
    rl.epochs,
    rl.refillRounds,
    rl.maxTokens,
    // Which tasks there are may be what an ablation varies; how many may not.
    tasks.file,
    tasks.split,
    tasks.seed,
    tasks.count,
  ]);

function requireEqualBudgets(runs: readonly RlAblationRun[]): void {
  const first = runs[0]!;
  const other = runs.find((run) => budgetOf(run) !== budgetOf(first));
  if (other)
    throw inputError(
      `arms "${first.arm}" and "${other.arm}" have different budgets (steps, prompts, group size, epochs, refill, tokens or tasks)`,
      'set these under "shared" only',
    );
}
