import { afterAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/kernel/random.ts';
import { messageOf } from '../../../src/kernel/errors.ts';
import { openSandbox } from '../../../src/sandbox/create.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { FAMILIES } from '../../../src/tasks/families/index.ts';
import { instanceCount } from '../../../src/tasks/family.ts';
import { checkFamily, checkProgram } from '../../../src/tasks/self-check.ts';
import { taskSet } from '../../../src/tasks/sets.ts';

/** How many instances of each family are run; set the variable for a thorough check. */
const COUNT = Number(process.env.VUL2SAFE_SELF_CHECK ?? 1);

describe.each(['python', 'c'] as const)('families in %s', async (language) => {
  const sandbox: Sandbox | string = await openSandbox(language).catch(messageOf);
  if (typeof sandbox === 'string') {
    it.skip(`are not checked here: ${sandbox}`, () => {});
    return;
  }
  afterAll(() => sandbox.close());
  const families = FAMILIES.filter((family) => family.language === language);

  it.each(families)(
    '$id works in both kinds, and only the secure kind withstands',
    async (family) => {
      expect(instanceCount(family)).toBeGreaterThanOrEqual(200);
      expect(await checkFamily(sandbox, family, COUNT)).toEqual([]);
    },
  );

  it('compose into programs that fail exactly at their vulnerable spots', async () => {
    const problems: string[] = [];
    for (const task of taskSet('train', 'native', COUNT, { language, weakSpots: 4 })) {
      const random = createRandom('native', task.task.id);
      const secure = task.spots.map(() => random.chance(0.5));
      problems.push(...(await checkProgram(sandbox, task, secure, task.task.id)));
    }
    expect(problems).toEqual([]);
  });
});
