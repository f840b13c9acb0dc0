/** @file A build whose teacher is a real HTTP server that speaks Anthropic's Messages API and misbehaves. */
import { describe, expect, it } from 'vitest';
import {
  buildOver,
  expectAccounted as expectAccount,
  LASTING_CONNECTIONS,
  type Outcome,
  patienceFor,
} from './build-over-server.ts';
import { records, sendMessage, toolUse, type Misbehaviour } from './chat-server.ts';

const KEY = 'sk-ant-very-secret-0123456789';
const COUNT = 3;

const build = (misbehave: Misbehaviour, teacher: Record<string, unknown> = {}): Promise<Outcome> =>
  buildOver(misbehave, {
    dialect: 'anthropic',
    input: records(COUNT),
    environment: { ANTHROPIC_API_KEY: KEY },
    settings: { reflection: { votes: 1 } },
    teacher: { kind: 'anthropic', longestWaitSeconds: 0.02, ...teacher },
  });
const expectAccounted = (outcome: Outcome): void => expectAccount(outcome, COUNT, KEY);

const failing =
  (status: number, type: string, headers: Record<string, string> = {}): Misbehaviour =>
  (_, response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify({ type: 'error', error: { type, message: `${type} for ${KEY}` } }));
const rateLimited = failing(429, 'rate_limit_error', { 'retry-after': '0.01' });
const overloaded = failing(529, 'overloaded_error');
const broken = failing(500, 'api_error');
const cut: Misbehaviour = (_, response) => response.destroy();

describe("a build over Anthropic's API", () => {
  it('keeps every pair when the server behaves, and counts its tokens', async () => {
    const outcome = await build(() => false);
    expectAccounted(outcome);
    expect(outcome.stats.pairs).toBe(COUNT);
    expect(outcome.stats.cost.inputTokens + outcome.stats.cost.outputTokens).toBe(
      outcome.usedTokens,
    );
    expect(new Set(outcome.asked.map((entry) => entry.path))).toEqual(new Set(['/v1/messages']));
    expect(new Set(outcome.asked.map((entry) => entry.credential))).toEqual(new Set([KEY]));
  });

  it('survives 429, 529, 500 and cut connections that pass', async () => {
    const seen = new Set<string>();
    const passing = [rateLimited, overloaded, broken, cut];
    const outcome = await build((asked, response) => {
      if (seen.has(asked.key)) return false;
      seen.add(asked.key);
      return passing[asked.index % passing.length]!(asked, response);
    });
    expectAccounted(outcome);
    expect(outcome.stats.pairs).toBe(COUNT);
    expect(outcome.asked.length).toBe(2 * seen.size);
  });

  const LASTING: [string, string, Misbehaviour][] = [
    ['429', 'teacher-unavailable', rateLimited],
    ['529', 'teacher-unavailable', overloaded],
    ['500', 'teacher-unavailable', broken],
    ...LASTING_CONNECTIONS,
    [
      'half a message',
      'teacher-unavailable',
      (_, response) =>
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"content": [{"ty'),
    ],
    [
      'half a JSON',
      'teacher-malformed',
      (_, response) => sendMessage(response, [{ type: 'text', text: '{"verdict": "vulnera' }]),
    ],
    [
      'the wrong schema',
      'teacher-malformed',
      (_, response) => sendMessage(response, [toolUse({ verdict: 42 })]),
    ],
    ['empty content', 'teacher-malformed', (_, response) => sendMessage(response, [])],
    ['content that is none', 'teacher-malformed', (_, response) => sendMessage(response, [null])],
    [
      '2 MB of text',
      'teacher-malformed',
      (_, response) => sendMessage(response, [toolUse({ why: 'x'.repeat(2_000_000) })]),
    ],
    ['HTTP 400', 'teacher-refused-request', failing(400, 'invalid_request_error')],
  ];
  it.each(LASTING)(
    'rejects every record with its reason under lasting %s',
    async (_, reason, misbehave) => {
      const outcome = await build(misbehave, patienceFor(reason));
      expectAccounted(outcome);
      expect(outcome.stats.rejected).toEqual({ [reason]: COUNT });
    },
  );

  it('never exceeds the budget', async () => {
    const outcome = await build(() => false, { budgetTokens: 5_000 });
    expectAccounted(outcome);
    expect(outcome.usedTokens).toBeLessThanOrEqual(5_000);
    expect(outcome.stats.rejected['budget-exhausted']).toBeGreaterThan(0);
  });

  it('stops at 401 and names the variable, not the key', async () => {
    const refusal = build(failing(401, 'authentication_error'));
    await expect(refusal).rejects.toMatchObject({
      exitStatus: 3,
      message: expect.stringContaining('ANTHROPIC_API_KEY'),
    });
    await expect(refusal).rejects.not.toMatchObject({ message: expect.stringContaining(KEY) });
  });
});
