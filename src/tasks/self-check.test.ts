import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../kernel/random.ts';
import { createQuickJsSandbox } from '../sandbox/quickjs/quickjs-sandbox.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { FAMILIES } from './families/index.ts';
import { instanceCount } from './family.ts';
import { checkFamily, checkProgram } from './self-check.ts';
import { taskSet } from './sets.ts';

/** How many instances of each family are run; set the variable for a thorough check. */
const COUNT = Number(process.env.VUL2SAFE_SELF_CHECK ?? 5);

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await createQuickJsSandbox();
});
afterAll(() => sandbox.close());

describe.each(FAMILIES.filter(({ language }) => language === 'javascript'))(
  'family $id',
  (family) => {
    it('has at least 200 instances', () => {
      expect(instanceCount(family)).toBeGreaterThanOrEqual(200);
    });
    it('works in both kinds, and only the secure kind withstands its exploits', async () => {
      expect(await checkFamily(sandbox, family, COUNT)).toEqual([]);
    });
  },
);

describe('composed tasks', () => {
  it('fail exactly at the spots written vulnerably', async () => {
    const problems: string[] = [];
    for (const task of taskSet('train', 'self-check', COUNT * 3)) {
      const random = createRandom('composed', task.task.id);
      const secure = task.spots.map(() => random.chance(0.5));
      problems.push(...(await checkProgram(sandbox, task, secure, task.task.id)));
    }
    expect(problems).toEqual([]);
  });
});
