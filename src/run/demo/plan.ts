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
  /** Of sampling for judgement; training samples at 1. */
  readonly temperature: number;
  readonly evaluation: {
    readonly instances: number;
    readonly families: number;
    readonly samplesPerTask: number;
  };
}

/** full: the demo; quick: two minutes; tiny: seconds, for tests of resuming, too small to learn anything. */
export type DemoSize = 'full' | 'quick' | 'tiny';

const SIZES = {
  full: {
    records: 24,
    steps: 30,
    prompts: 16,
    checkpoint: 5,
    curveEvery: 10,
    curveTasks: 80,
    instances: 400,
    families: 150,
  },
  quick: {
    records: 8,
    steps: 8,
    prompts: 16,
    checkpoint: 4,
    curveEvery: 4,
    curveTasks: 40,
    instances: 300,
    families: 60,
  },
  tiny: {
    records: 2,
    steps: 3,
    prompts: 2,
    checkpoint: 1,
    curveEvery: 2,
    curveTasks: 4,
    instances: 12,
    families: 4,
  },
} as const;

export function demoPlan(seed: number, size: DemoSize): DemoPlan {
  const sizes = SIZES[size];
  const rl = (own: Partial<RlConfig>): RlConfig =>
    rlConfigSchema.parse({
      steps: sizes.steps,
      promptsPerStep: sizes.prompts,
      groupSize: size === 'tiny' ? 4 : 8,
      maxTokens: 320,
      checkpointEverySteps: sizes.checkpoint,
      ...own,
    });
  return {
    seed,
    recordsPerFamily: sizes.records,
    coveredShare: 0.6,
    sft: sftConfigSchema.parse({ epochs: 1, batchSize: 16, learningRate: 5e-5 }),
    trainingTasks: 640,
    rl: {
      instance: rl({ granularity: 'instance', learningRate: 3e-4 }),
      // Token rewards beside the instance reward: the demo's token arm is SRCode's full advantage.
      token: rl({ granularity: 'hybrid', learningRate: 3e-4 }),
    },
    curve: { everySteps: sizes.curveEvery, tasks: sizes.curveTasks },
    temperature: 0.6,
    evaluation: { instances: sizes.instances, families: sizes.families, samplesPerTask: 1 },
  };
}
