/**
 * @file The demo's first stage: vulnerable programs of the embedded families become PrimeVul+ with the offline teacher. Only part of the
 * training families is covered, as real records would cover only part of what can go wrong: the rest is left for reinforcement learning.
 */
import { TRAINING_FAMILIES } from '../../tasks/families/index.ts';
import { vulnerabilityRecords } from '../../tasks/records.ts';
import { buildDataset } from '../../vul2safe/build/build-dataset.ts';
import type { BuildStats } from '../../vul2safe/build/build-stats.ts';
import { createBuildKit } from '../../vul2safe/build/offline-kit.ts';
import { createRandom } from '../../kernel/random.ts';
import type { RunIo } from '../training/fork-run.ts';
import type { DemoPlan } from './plan.ts';

/** The families PrimeVul+ covers, chosen by the seed. */
export function coveredFamilies(plan: Pick<DemoPlan, 'seed' | 'coveredShare'>) {
  const order = createRandom(plan.seed, 'demo-covered-families').shuffle(TRAINING_FAMILIES);
  return order.slice(0, Math.round(order.length * plan.coveredShare));
}

export async function buildDemoData(
  plan: Pick<DemoPlan, 'seed' | 'coveredShare' | 'recordsPerFamily'>,
  directory: string,
  io: RunIo,
): Promise<BuildStats> {
  const records = vulnerabilityRecords(plan.seed, coveredFamilies(plan), plan.recordsPerFamily);
  const kit = await createBuildKit(['javascript']);
  return buildDataset({
    records,
    total: records.length,
    teacher: kit.offlineTeacher,
    tools: kit.tools,
    directory,
    inputIdentity: { demo: plan.seed, records: records.length },
    progress: io.progress,
    ...(io.signal ? { signal: io.signal } : {}),
  });
}
