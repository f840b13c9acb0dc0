/** @file The demo's summary.json: a contract other programs read. Rates as {value, low, high}. */
import { type ArmRates, type JudgedProgram, ratesOf } from '../../evaluate/arm-rates.ts';
import type { RateInterval } from '../../evaluate/statistics.ts';

export const ARM_NAMES = ['base', 'sft', 'instance', 'token'] as const;
export type ArmName = (typeof ARM_NAMES)[number];

/** Names of the two sets every arm is judged on. */
export const INSTANCES = 'held-out-instances';
export const FAMILIES = 'held-out-families';

interface Rate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface ArmSummary {
  readonly name: ArmName;
  readonly programs: number;
  readonly functionalRate: Rate;
  readonly insecureRate: Rate;
  readonly jointRate: Rate;
  readonly heldOutFamilies: {
    readonly programs: number;
    readonly functionalRate: Rate;
    readonly insecureRate: Rate;
    readonly jointRate: Rate;
  };
}

export interface DemoSummary {
  readonly seed: number;
  readonly wallSeconds: number;
  readonly vul2safe: {
    readonly functions: number;
    readonly pairs: number;
    readonly rejected: Readonly<Record<string, number>>;
    readonly prompts: number;
  };
  readonly model: { readonly parameters: number; readonly vocabulary: number };
  readonly arms: readonly ArmSummary[];
  /** One sentence: which of the two reinforcement arms did better, and whether the difference is more than noise. */
  readonly verdict: string;
}

const STATISTICS_SEED = 3;
const rounded = (value: number): number =>
  Number.isFinite(value) ? Math.round(value * 10_000) / 10_000 : value;
const rate = ({ value, low, high }: RateInterval): Rate => ({
  value: rounded(value),
  low: rounded(low),
  high: rounded(high),
});

export function summariseArm(
  name: ArmName,
  judged: ReadonlyMap<string, readonly JudgedProgram[]>,
): ArmSummary {
  const flat = (rates: ArmRates) => ({
    programs: rates.programs,
    functionalRate: rate(rates.functionalRate),
    insecureRate: rate(rates.insecureRate),
    jointRate: rate(rates.jointRate),
  });
  return {
    name,
    ...flat(ratesOf(judged.get(INSTANCES) ?? [], STATISTICS_SEED)),
    heldOutFamilies: flat(ratesOf(judged.get(FAMILIES) ?? [], STATISTICS_SEED)),
  };
}
