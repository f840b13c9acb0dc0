/**
 * @file The families' vulnerable programs as vulnerability records, the input of Vul2Safe: each with a neutral sentence about what the
 * function does, from which implicit prompts are made; about half with an upstream fix, the same program with the weak spot mended.
 */
import type { VulnerableFunction } from '../data/vulnerable-function.ts';
import { functionId } from '../data/vulnerable-function.ts';
import { createRandom } from '../kernel/random.ts';
import { makeSpot, renderSpots } from './compose.ts';
import type { Family } from './family.ts';
import { thirdForm } from './phrasing.ts';
import { drawParameters } from './splits.ts';

/** Training instances only; a program that comes up twice in a family is left out, so a small family may give fewer. */
export function vulnerabilityRecords(
  seed: string | number,
  families: readonly Family[],
  perFamily: number,
): VulnerableFunction[] {
  const records = new Map<string, VulnerableFunction>();
  for (const family of families) {
    let made = 0;
    for (let index = 0; made < perFamily && index < perFamily * 5; index++) {
      const random = createRandom('records', seed, family.id, index);
      const spot = makeSpot(family, drawParameters(random, family, 'train'));
      const choices = random.uint32();
      const write = (secure: boolean): string => renderSpots(choices, [spot], [], [secure], 'much');
      const code = write(false);
      const upstreamFix = random.chance(0.5) ? write(true) : undefined;
      const { name, args, phrases } = spot.instance;
      const id = functionId(family.language, code, upstreamFix);
      if (records.has(id)) continue;
      records.set(id, {
        id,
        language: family.language,
        code,
        cwe: [family.cwe],
        source: { dataset: 'embedded-tasks', project: family.id, license: 'MIT' },
        description: `${name}(${args.join(', ')}) ${thirdForm(random.pick(phrases))}.`,
        ...(upstreamFix === undefined ? {} : { upstreamFix }),
      });
      made++;
    }
  }
  return [...records.values()];
}
