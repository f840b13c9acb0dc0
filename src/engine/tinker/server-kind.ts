/**
 * @file What a server does with losses. Ours says so; the hosted service is known by its address; of any other we ask the
 * reduction by experiment (ours): on a throw-away model the gradient norm of a datum sent twice is twice that of the datum
 * sent once where losses are summed, and the same where a mean is taken. Learning rate 0: no weight moves.
 */
import { z } from 'zod';
import type { Datum } from '../../data/datum.ts';
import { messageOf, usageError } from '../../kernel/errors.ts';
import type { EngineCapabilities } from '../training-engine.ts';
import { encodeForSum } from './same-update.ts';
import type { Transport } from './transport.ts';

/** Servers whose habits are known (docs/SCALING.md says from where). */
export const SERVER_KINDS = ['hosted', 'skyrl-jax', 'skyrl-fsdp'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

export interface ServerHabits {
  readonly losses: EngineCapabilities['losses'];
  readonly lossReduction: EngineCapabilities['lossReduction'];
  readonly gradientClipping: boolean;
  /** Policy losses take `weights` beside advantages. */
  readonly takesMask: boolean;
}

const ALL = ['cross_entropy', 'importance_sampling', 'ppo', 'cispo'] as const;

export const HABITS: Readonly<Record<ServerKind, ServerHabits>> = {
  hosted: { losses: ALL, lossReduction: 'sum', gradientClipping: true, takesMask: false },
  'skyrl-jax': {
    losses: ALL,
    lossReduction: 'sequence-mean',
    gradientClipping: false,
    takesMask: true,
  },
  'skyrl-fsdp': { losses: ALL, lossReduction: 'sum', gradientClipping: false, takesMask: true },
};

export function kindByAddress(url: string): ServerKind | undefined {
  return /(?:^|\.)(?:thinkingmachines\.(?:ai|dev)|tinker\.ai)$/.test(new URL(url).hostname)
    ? 'hosted'
    : undefined;
}

const normSchema = z.object({ metrics: z.record(z.string(), z.unknown()).nullish() });

/** The gradient norm an optimizer step reports under any of the names in use; NaN where it does not. */
export function gradientNormOf(answer: unknown): number {
  const metrics = normSchema.safeParse(answer).data?.metrics ?? {};
  for (const [name, value] of Object.entries(metrics))
    if (/grad(?:ient)?_norm/.test(name) && typeof value === 'number') return value;
  return Number.NaN;
}

/** @param modelId a model nobody else uses. @throws usageError where the server tells too little to know. */
export async function probeReduction(
  transport: Transport,
  modelId: string,
): Promise<ServerHabits['lossReduction']> {
  let sequence = 1;
  const probe: Datum = {
    input: [1, 2, 3, 4, 5, 6, 7, 8],
    targets: [2, 3, 4, 5, 6, 7, 8, 9],
    weights: new Float32Array(8).fill(1),
    logprobs: new Float32Array(8).fill(-3),
    advantages: new Float32Array(8).fill(1),
  };
  const normOf = async (data: readonly Datum[]): Promise<number> => {
    await transport.call('forward_backward', {
      model_id: modelId,
      seq_id: sequence++,
      forward_backward_input: encodeForSum(data, { name: 'cross_entropy' }, true),
    });
    return gradientNormOf(
      await transport.call('optim_step', {
        model_id: modelId,
        seq_id: sequence++,
        adam_params: { learning_rate: 0, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0 },
      }),
    );
  };
  const hint = `set VUL2SAFE_TINKER_SERVER to one of ${SERVER_KINDS.join(', ')}`;
  let ratio: number;
  try {
    const once = await normOf([probe]);
    ratio = (await normOf([probe, probe])) / once;
  } catch (thrown) {
    throw usageError(
      `could not find out how this server reduces losses: ${messageOf(thrown)}`,
      hint,
    );
  }
  if (ratio > 1.9 && ratio < 2.1) return 'sum';
  if (ratio > 0.95 && ratio < 1.05) return 'sequence-mean';
  throw usageError(
    `this server does not say how it reduces losses (gradient norm ratio of two data to one: ${ratio})`,
    hint,
  );
}
