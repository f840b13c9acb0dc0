/**
 * @file How much the demo does. The full form fits in ten minutes on two cores, the quick one in about two. Learning rates and
 * weights were chosen on validation tasks, each arm's own (docs/RESULTS.md tells how); held-out tasks were never looked at for it.
 */
import { rlConfigSchema } from '../../srcode/rl/config.ts';
import { sftConfigSchema } from '../../srcode/sft/config.ts';
import type { RlConfig } from '../../srcode/rl/config.ts';
import type { SftConfig } from '../../srcode/sft/config.ts';

export interface DemoPlan {
  readonly seed: number;
  /** Vulnerability records per family that PrimeVul+ is built from. */
  readonly recordsPerFamily: number;
  /** Share of the training families PrimeVul+ covers; the rest is left for reinforcement learning to teach. */
  readonly coveredShare: number;
  readonly sft: SftConfig;
  readonly trainingTasks: number;
  readonly rl: Readonly<Record<'instance' | 'token', RlConfig>>;
  readonly curve: { readonly everySteps: number; readonly tasks: number };
  readonly evaluation: {
    readonly instances: number;
    readonly families: number;
    readonly samplesPerTask: number;
  };
}

export function demoPlan(seed: number, quick: boolean): DemoPlan {
  const rl = (own: Partial<RlConfig>): RlConfig =>
    rlConfigSchema.parse({
      steps: quick ? 8 : 40,
      promptsPerStep: 16,
      groupSize: 8,
      maxTokens: 320,
      checkpointEverySteps: quick ? 4 : 5,
      ...own,
    });
  return {
    seed,
    recordsPerFamily: quick ? 8 : 24,
    coveredShare: 0.6,
    sft: sftConfigSchema.parse({ epochs: 1, batchSize: 16, learningRate: 1e-4 }),
    trainingTasks: 640,
    rl: {
      instance: rl({ granularity: 'instance', learningRate: 3e-4 }),
      token: rl({ granularity: 'token', learningRate: 3e-4 }),
    },
    curve: { everySteps: quick ? 4 : 10, tasks: quick ? 40 : 80 },
    evaluation: { instances: quick ? 300 : 400, families: quick ? 100 : 150, samplesPerTask: 1 },
  };
}
