import { describe, expect, it } from 'vitest';
import type { VulnerableFunction } from '../../data/vulnerable-function.ts';
import type { Comparison, Critique, Detection, Repair } from '../../teacher/steps.ts';
import type { StepAnswer, Teacher } from '../../teacher/teacher.ts';
import { reflectOn } from './loop.ts';
import type { ReflectionTools } from './reflection-tools.ts';

const cost = {
  model: 'm',
  promptHash: 'h',
  promptVersion: 'v',
  inputTokens: 10,
  outputTokens: 5,
  costUsd: 0.001,
};
const ok = <V>(verdict: V): Promise<StepAnswer<V>> => Promise.resolve({ ok: true, verdict, cost });

const record: VulnerableFunction = {
  id: 'r1',
  language: 'c',
  code: 'int f(int i) { return table[i]; }',
  cwe: ['CWE-125'],
  upstreamFix: 'int f(int i) { return i < 8 ? table[i] : 0; }',
};

/** A teacher that sees weaknesses by a word in the code, so that its answers do not depend on labels. */
function teacher(changes: Partial<Teacher> = {}): Teacher {
  const weak = (code: string): boolean => !code.includes('i < 8');
  return {
    name: 'fake',
    repairOrigin: 'teacher',
    voices: true,
    detect: ({ code }) =>
      ok<Detection>({
        verdict: weak(code) ? 'vulnerable' : 'safe',
        cwe: ['CWE-125'],
        lines: [1],
        quotes: ['table[i]'],
        why: 'index',
      }),
    repair: () => ok<Repair>({ fixedCode: null, why: 'upstream is fine' }),
    reflect: () =>
      ok<Critique>({
        accept: true,
        stillExploitable: false,
        behaviourChanged: false,
        newWeakness: false,
        critique: 'fine',
        revision: null,
      }),
    compare: ({ a }) =>
      ok<Comparison>({
        vulnerable: weak(a) ? 'A' : 'B',
        certainty: 0.9,
        cwe: ['CWE-125'],
        quotes: [],
        why: 'the index is free',
      }),
    writePrompts: () => ok({ prompts: [] }),
    ...changes,
  };
}

const tools: ReflectionTools = {
  gates: (_, fixedCode) => [
    { gate: 'toy', passed: !fixedCode.includes('BAD'), detail: 'it says BAD' },
  ],
  spans: () => ({ vulnerable: [], secure: [] }),
  clean: (_, code) => code,
  sameWeakness: (a, b) => a.some((cwe) => b.includes(cwe)),
};
const options = { votes: 3, rounds: 2, threshold: 0.5 };

describe('the reflection loop', () => {
  it('keeps a good pair with every verdict in its log', async () => {
    const outcome = await reflectOn(record, teacher(), tools, options);
    if (!outcome.kept) throw new Error(outcome.reason);
    expect(outcome.pair.origin).toBe('upstream');
    expect(outcome.pair.reflection.map((step) => step.step)).toEqual([
      'detect',
      'detect',
      'detect',
      'repair',
      'gates',
      'reflect',
      'compare',
      'compare',
    ]);
    expect(outcome.pair.confidence).toBeCloseTo(0.3 + 0.5 * 0.95 + 0.2, 6);
  });

  it('asks a teacher without a voice once', async () => {
    const outcome = await reflectOn(record, teacher({ voices: false }), tools, options);
    expect(
      outcome.kept && outcome.pair.reflection.filter((step) => step.step === 'detect').length,
    ).toBe(1);
  });

  it('rejects what every vote calls safe, and what has no repair', async () => {
    const safe = await reflectOn(
      { ...record, code: `${record.code} /* i < 8 */` },
      teacher(),
      tools,
      options,
    );
    expect(safe).toMatchObject({ kept: false, reason: 'not-detected' });
    const { upstreamFix: _, ...without } = record;
    expect(await reflectOn(without, teacher(), tools, options)).toMatchObject({
      kept: false,
      reason: 'no-repair',
      stage: 'detected',
    });
  });

  it('names the gate that failed', async () => {
    const outcome = await reflectOn({ ...record, upstreamFix: 'BAD' }, teacher(), tools, options);
    expect(outcome).toMatchObject({ kept: false, reason: 'gate-toy', stage: 'repaired' });
  });

  it('lets the teacher’s repair win when the upstream fix fails', async () => {
    const fixed = 'int f(int i) { if (i < 8) return table[i]; return 0; }';
    const outcome = await reflectOn(
      { ...record, upstreamFix: 'BAD' },
      teacher({ repair: () => ok<Repair>({ fixedCode: fixed, why: '' }) }),
      tools,
      options,
    );
    expect(outcome).toMatchObject({ kept: true, pair: { origin: 'teacher', fixedCode: fixed } });
  });

  it('takes a revision, at most as often as allowed, and only through the gates', async () => {
    const revise = (revision: string | null) =>
      teacher({
        reflect: ({ round }) =>
          ok<Critique>({
            accept: round > 0,
            stillExploitable: true,
            behaviourChanged: false,
            newWeakness: false,
            critique: 'not enough',
            revision,
          }),
      });
    const better = 'int f(int i) { return i >= 0 && i < 8 ? table[i] : 0; }';
    expect(await reflectOn(record, revise(better), tools, options)).toMatchObject({
      kept: true,
      pair: { fixedCode: better, origin: 'teacher' },
    });
    expect(await reflectOn(record, revise(better), tools, { ...options, rounds: 0 })).toMatchObject(
      { reason: 'reflection-refused' },
    );
    expect(await reflectOn(record, revise('BAD'), tools, options)).toMatchObject({
      reason: 'reflection-refused',
    });
    expect(await reflectOn(record, revise(null), tools, options)).toMatchObject({
      reason: 'reflection-refused',
    });
  });

  it('rejects answers that follow the order instead of the code', async () => {
    const biased = teacher({
      compare: () =>
        ok<Comparison>({ vulnerable: 'A', certainty: 1, cwe: [], quotes: [], why: 'A' }),
    });
    expect(await reflectOn(record, biased, tools, options)).toMatchObject({
      reason: 'comparison-inconsistent',
      stage: 'gated',
    });
  });

  it('rejects a swapped pair, and a model that cannot decide', async () => {
    const swapped = { ...record, code: record.upstreamFix!, upstreamFix: record.code };
    const all = teacher({
      detect: () => ok<Detection>({ verdict: 'unknown', cwe: [], lines: [], quotes: [], why: '' }),
    });
    expect(await reflectOn(swapped, all, tools, options)).toMatchObject({
      reason: 'comparison-wrong',
    });
    const mute = teacher({
      compare: () =>
        ok<Comparison>({ vulnerable: 'undecided', certainty: 0, cwe: [], quotes: [], why: '' }),
    });
    expect(await reflectOn(record, mute, tools, options)).toMatchObject({
      reason: 'comparison-undecided',
    });
  });

  it('counts a heuristic’s weak wrong lean half, and rejects under the threshold', async () => {
    const lean = teacher({
      voices: false,
      detect: () => ok<Detection>({ verdict: 'unknown', cwe: [], lines: [], quotes: [], why: '' }),
      compare: ({ a }) =>
        ok<Comparison>({
          vulnerable: a.includes('i < 8') ? 'A' : 'B',
          certainty: 0.2,
          cwe: [],
          quotes: [],
          why: '',
        }),
    });
    const outcome = await reflectOn(record, lean, tools, options);
    // Certainty 0.2 leans 0.1 away from 0.5, and half of that counts.
    expect(outcome.kept && outcome.pair.confidence).toBeCloseTo(0.15 + 0.5 * 0.45 + 0.2, 6);
    expect(await reflectOn(record, lean, tools, { ...options, threshold: 0.6 })).toMatchObject({
      reason: 'low-confidence',
    });
  });

  it('makes a failing teacher a rejection with its reason', async () => {
    const down = teacher({
      compare: () =>
        Promise.resolve({ ok: false, failure: 'teacher-unavailable', detail: 'HTTP 500', cost }),
    });
    expect(await reflectOn(record, down, tools, options)).toMatchObject({
      kept: false,
      reason: 'teacher-unavailable',
      stage: 'reflected',
    });
  });
});
