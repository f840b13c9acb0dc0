/** @file The one entry to reward: answers in, instance reward and token rewards out. Loads grammars when first needed; keeps no state between batches. */
import { hasGrammar, loadGrammar } from '../../code/syntax-tree.ts';
import { secureIdiomsIn } from '../../analyzers/secure-idioms.ts';
import type {
  Attribution,
  ChannelName,
  InstanceReward,
  TokenRewards,
  UnitReward,
} from '../../data/token-rewards.ts';
import type { ProgramContext, ProgramToReward, RewardChannel } from './channel.ts';
import { combine, DEFAULT_COMBINE, type CombineOptions } from './combine.ts';
import { contextOf, type IdiomFinder } from './context.ts';
import { contrastChannel } from './contrast.ts';
import { instanceParts, instanceReward, type InstanceForm } from './instance.ts';
import { createJudgeChannel, type Judge } from './judge.ts';
import { createLikelihoodChannel, type LikelihoodModels } from './likelihood.ts';
import { createPairChannel } from './pair.ts';
import type { RewardPair } from './patterns.ts';
import { createRulesChannel } from './rules.ts';
import { unitRewards } from './unit-rewards.ts';

export interface RewarderConfig {
  /** Multiplies each channel's amounts; 0 = off. Defaults: pair 1, rules 1, judge 0, contrast 0, likelihood 0. */
  readonly channels?: Partial<Readonly<Record<ChannelName, number>>>;
  /** What the pair channel learns from. */
  readonly pairs?: readonly RewardPair[];
  /** Needed for the judge channel. */
  readonly judge?: Judge;
  /** Needed for the likelihood channel. */
  readonly likelihood?: LikelihoodModels;
  /** Secure idioms of a program; those of the embedded rules when left out. */
  readonly idioms?: IdiomFinder;
  readonly instance?: InstanceForm;
  /** Of the rules channel: half of a penalty to the imports of the names it uses. Default false. */
  readonly imports?: boolean;
  /** Also split the instance reward by unit. */
  readonly units?: boolean;
  readonly caps?: Partial<Omit<CombineOptions, 'weights'>>;
}

export interface RewardedProgram {
  readonly instance: InstanceReward;
  readonly tokens: TokenRewards;
  /** [unit] Given when asked for. */
  readonly units?: readonly UnitReward[];
}

export interface Rewarder {
  rewardPrograms(batch: readonly ProgramToReward[]): Promise<RewardedProgram[]>;
}

export function createRewarder(config: RewarderConfig = {}): Rewarder {
  const options: CombineOptions = {
    ...DEFAULT_COMBINE,
    ...config.caps,
    weights: { ...DEFAULT_COMBINE.weights, ...config.channels },
  };
  const channels = activeChannels(config, options);
  const idiomsIn = config.idioms ?? secureIdiomsIn;
  return {
    async rewardPrograms(batch) {
      for (const language of new Set(batch.map((item) => item.task.language)))
        if (hasGrammar(language)) await loadGrammar(language);
      const contexts = batch.map((item) => contextOf(item, idiomsIn));
      const byChannel = await Promise.all(channels.map((channel) => channel.attribute(contexts)));
      return contexts.map((context, index) => {
        const attributions = byChannel.flatMap(
          (answers): readonly Attribution[] => answers[index]!,
        );
        return rewardOne(context, attributions, options, config);
      });
    },
  };
}

function activeChannels(config: RewarderConfig, { weights }: CombineOptions): RewardChannel[] {
  const channels: RewardChannel[] = [];
  if (weights.pair > 0 && (config.pairs?.length ?? 0) > 0)
    channels.push(createPairChannel(config.pairs!));
  if (weights.rules > 0) channels.push(createRulesChannel({ imports: config.imports ?? false }));
  if (weights.judge > 0 && config.judge !== undefined)
    channels.push(createJudgeChannel(config.judge));
  if (weights.contrast > 0) channels.push(contrastChannel);
  if (weights.likelihood > 0 && config.likelihood !== undefined)
    channels.push(createLikelihoodChannel(config.likelihood));
  return channels;
}

const rewardOne = (
  context: ProgramContext,
  attributions: readonly Attribution[],
  options: CombineOptions,
  { instance: form = 'binary', units }: RewarderConfig,
): RewardedProgram => ({
  instance: instanceReward(instanceParts(context), form),
  tokens: combine(context, attributions, options),
  ...(units ? { units: unitRewards(context, form) } : {}),
});
