/** @file From an ablation's configuration to its runs; equal budgets are checked before anything starts. */
import { join } from 'node:path';
import { inputError } from '../../kernel/errors.ts';
import { assignPath } from '../config.ts';
import { type RlRun, rlRunSchema } from '../training-config.ts';
import type { AblateConfig } from './config.ts';

export interface AblationRun {
  readonly arm: string;
  readonly seed: number;
  readonly config: RlRun;
}

export function planRuns(config: AblateConfig): AblationRun[] {
  const names = config.arms.map((arm) => arm.name);
  if (new Set(names).size < names.length)
    throw inputError(
      `arms: two arms have the same name (${names.join(', ')})`,
      'give every arm its own name',
    );
  if (!names.includes(config.baseline))
    throw inputError(
      `baseline: there is no arm "${config.baseline}"`,
      `choose one of ${names.join(', ')}`,
    );
  const runs = config.arms.flatMap((arm) =>
    config.seeds.map((seed) => {
      const raw: Record<string, unknown> = structuredClone({ ...config.shared }) as Record<
        string,
        unknown
      >;
      for (const [key, value] of Object.entries(arm.set)) assignPath(raw, key.split('.'), value);
      const out = join(config.out, 'arms', arm.name, `seed-${seed}`);
      const parsed = rlRunSchema.safeParse({
        ...raw,
        out,
        seed,
        final: config.final,
        ...(config.parallel > 1 ? { threads: 1 } : {}),
      });
      if (!parsed.success)
        throw inputError(
          `arm "${arm.name}": ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
          'mend the arm’s "set"',
        );
      return { arm: arm.name, seed, config: parsed.data };
    }),
  );
  requireEqualBudgets(runs);
  return runs;
}

/** Programs sampled per run: what "equal budget" means here, together with the token counts the report prints. */
const budgetOf = ({ config: { rl, tasks } }: AblationRun): string =>
  JSON.stringify([
    rl.steps,
    rl.promptsPerStep,
    rl.groupSize,
    rl.epochs,
    rl.refillRounds,
    rl.maxTokens,
    tasks,
  ]);

function requireEqualBudgets(runs: readonly AblationRun[]): void {
  const first = runs[0]!;
  const other = runs.find((run) => budgetOf(run) !== budgetOf(first));
  if (other)
    throw inputError(
      `arms "${first.arm}" and "${other.arm}" have different budgets (steps, prompts, group size, epochs, refill, tokens or tasks)`,
      'set these under "shared" only',
    );
}
