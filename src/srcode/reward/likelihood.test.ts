import { beforeAll, describe, expect, it } from 'vitest';
import {
  createEmbeddedAnalyzer,
  type EmbeddedAnalyzer,
} from '../../analyzers/embedded/analyzer.ts';
import { taskSchema } from '../../data/task.ts';
import type { TokenRewards } from '../../data/token-rewards.ts';
import { asRollout } from './as-rollout.ts';
import { createRewarder } from './rewarder.ts';

const task = taskSchema.parse({
  id: 'digest',
  prompt: { style: 'chat', text: 'hash a text', language: 'javascript' },
  language: 'javascript',
  cwe: ['CWE-328'],
  interface: ['digest'],
  functionalTests: [{ name: 'digest: repeats itself', code: '' }],
});
const program = (algorithm: string): string =>
  `const crypto = require('crypto');
const digest = (text) => crypto.createHash('${algorithm}').update(text).digest('hex');
module.exports = { digest };
`;

let analyzer: EmbeddedAnalyzer;
beforeAll(async () => {
  analyzer = await createEmbeddedAnalyzer(['javascript']);
});

/** The two models differ on the tokens of `parting` alone, by `nats` each. */
async function rewardsWhere(code: string, parting: string, nats: number): Promise<TokenRewards> {
  const rollout = asRollout(task, code);
  const at = code.indexOf(parting);
  const leaning = Float32Array.from(rollout.tokenRanges, ({ start, end }) =>
    start < at + parting.length && end > at ? nats : 0,
  );
  const rewarder = createRewarder({
    channels: { rules: 0, likelihood: 1 },
    likelihood: {
      fixed: () => Promise.resolve([leaning]),
      vulnerable: () => Promise.resolve([new Float32Array(leaning.length)]),
    },
  });
  const [result] = await rewarder.rewardPrograms([
    {
      task,
      rollout,
      execution: { status: 'ran', tests: [{ status: 'passed' }] },
      analysis: analyzer.analyzeSync({ file: 'a.js', language: 'javascript', code }),
    },
  ]);
  return result!.tokens;
}
const total = ({ rewards }: TokenRewards): number => rewards.reduce((sum, one) => sum + one, 0);

describe('the likelihood channel', () => {
  it('charges a weak unit where the model of vulnerable code held it likelier', async () => {
    const rewards = await rewardsWhere(program('md5'), 'md5', -4);
    expect(total(rewards)).toBeCloseTo(-1, 5);
    expect(
      rewards.attributions.map(({ start, end }) => program('md5').slice(start, end)).join(''),
    ).toContain('md5');
  });

  it('credits a secure unit where the model of fixed code held it likelier', async () => {
    expect(total(await rewardsWhere(program('sha256'), 'sha256', 4))).toBeCloseTo(1, 5);
  });

  it('says nothing where the models part the other way, hardly, or outside the unit', async () => {
    expect(total(await rewardsWhere(program('md5'), 'md5', 4))).toBe(0);
    expect(total(await rewardsWhere(program('sha256'), 'sha256', 0.4))).toBe(0);
    expect(total(await rewardsWhere(program('md5'), 'module.exports', -4))).toBe(0);
  });
});
