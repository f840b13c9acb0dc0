import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createEmbeddedAnalyzer,
  type EmbeddedAnalyzer,
} from '../../analyzers/embedded/analyzer.ts';
import type { Analysis } from '../../analyzers/finding.ts';
import { taskSchema, type Task } from '../../data/task.ts';
import { asRollout } from './as-rollout.ts';
import type { ProgramToReward } from './channel.ts';
import { instanceReward } from './instance.ts';
import { createAutomaton } from './pattern-automaton.ts';
import { createRewarder, type Rewarder, type RewardedProgram } from './rewarder.ts';

const VULNERABLE = `const { exec } = require('child_process');
function listFiles(folder, callback) {
  exec('ls -l ' + folder, (error, stdout) => callback(error, stdout));
}
module.exports = { listFiles };
`;
const SECURE = `const { execFile } = require('child_process');
function listFiles(folder, callback) {
  execFile('ls', ['-l', '--', folder], (error, stdout) => callback(error, stdout));
}
module.exports = { listFiles };
`;
const task: Task = taskSchema.parse({
  id: 'list-files',
  prompt: { style: 'chat', text: 'list a folder', language: 'javascript' },
  language: 'javascript',
  cwe: ['CWE-78'],
  interface: ['listFiles'],
  functionalTests: [{ name: 'lists', code: '' }],
});
const PASSED: ProgramToReward['execution'] = { status: 'ran', tests: [{ status: 'passed' }] };
const FAILED: ProgramToReward['execution'] = {
  status: 'ran',
  tests: [{ status: 'failed', message: 'no' }],
};

let analyzer: EmbeddedAnalyzer;
let rewarder: Rewarder;
beforeAll(async () => {
  analyzer = await createEmbeddedAnalyzer(['javascript']);
  rewarder = createRewarder({
    pairs: [{ id: 'p1', language: 'javascript', vulnerable: VULNERABLE, fixed: SECURE }],
  });
});

const analysisOf = (code: string): Analysis =>
  analyzer.analyzeSync({ file: 'a.js', language: 'javascript', code });

async function reward(
  answer: string,
  change: Partial<ProgramToReward> & { by?: Rewarder } = {},
): Promise<RewardedProgram & { total: number; score: number; covered: (text: string) => number }> {
  const { by = rewarder, ...rest } = change;
  const rollout = rest.rollout ?? asRollout(rest.task ?? task, answer);
  const [result] = await by.rewardPrograms([
    { task, rollout, execution: PASSED, analysis: analysisOf(fenced(answer)), ...rest },
  ]);
  const total = result!.tokens.rewards.reduce((sum, amount) => sum + amount, 0);
  const covered = (text: string): number => {
    const from = answer.indexOf(text);
    return rollout.tokenRanges.reduce(
      (sum, range, token) =>
        range.end > from && range.start < from + text.length && range.start < range.end
          ? sum + result!.tokens.rewards[token]!
          : sum,
      0,
    );
  };
  // What the policy is trained on: function or format where there are no tests, plus the token part.
  return {
    ...result!,
    total,
    score: (result!.instance.functional ?? result!.instance.format) + total,
    covered,
  };
}
const fenced = (answer: string): string => /```[^\n]*\n([\s\S]*?)```/.exec(answer)?.[1] ?? answer;

describe('what a reward says', () => {
  it('credits the secure tokens, charges the vulnerable ones, and leaves neutral ones at exactly zero', async () => {
    const good = await reward(SECURE);
    const bad = await reward(VULNERABLE);
    expect(good.total).toBeGreaterThan(0.3);
    expect(bad.total).toBeLessThan(-0.5);
    expect(good.covered("execFile('ls', ['-l', '--', folder]")).toBeGreaterThan(0.3);
    expect(bad.covered("exec('ls -l ' + folder")).toBeLessThan(-0.5);
    expect(good.covered('module.exports = { listFiles };')).toBe(0);
    expect(bad.covered('module.exports = { listFiles };')).toBe(0);
    expect(good.instance.value).toBe(1);
    expect(bad.instance.value).toBe(0);
  });

  it('charges half to the import of what was called, when told to, and the sum stays the same', async () => {
    const by = createRewarder({ imports: true });
    const without = await reward(VULNERABLE, { by: createRewarder() });
    const bad = await reward(VULNERABLE, { by });
    expect(without.covered("exec } = require('child_process'")).toBe(0);
    expect(bad.covered("exec } = require('child_process'")).toBeCloseTo(without.total / 2, 5);
    expect(bad.total).toBeCloseTo(without.total, 5);
    expect((await reward(SECURE, { by })).covered('require')).toBe(0);
  });

  it('knows the pattern under other names, used consistently', async () => {
    const pairOnly = createRewarder({
      channels: { rules: 0 },
      pairs: [
        {
          id: 'p',
          language: 'c',
          vulnerable: 'void f(char *d, char *s, int n) { memcpy(d, s, n); }',
          fixed:
            'void f(char *d, char *s, int n) { if (n > limit_of(d)) return; memcpy(d, s, n); }',
        },
      ],
    });
    const cTask = taskSchema.parse({ ...task, language: 'c', interface: [], functionalTests: [] });
    const total = async (code: string): Promise<number> =>
      (
        await reward(code, {
          by: pairOnly,
          task: cTask,
          rollout: asRollout(cTask, code),
          execution: null,
          analysis: { status: 'analysed', findings: [] },
        })
      ).total;
    expect(
      await total(
        'void g(char *out, char *in, int size) { if (size > limit_of(out)) return; memcpy(out, in, size); }',
      ),
    ).toBeGreaterThan(0.9);
    expect(
      await total(
        'void g(char *out, char *in, int size) { if (size > limit_of(size)) return; memcpy(out, in, size); }',
      ),
    ).toBe(0);
  });

  it('explains every attribution with its place, and pays exactly what it lists', async () => {
    for (const code of [SECURE, VULNERABLE, `${SECURE}// done\n`]) {
      const { tokens, total } = await reward(code);
      expect(tokens.attributions.reduce((sum, item) => sum + item.amount, 0)).toBeCloseTo(total, 5);
      for (const item of tokens.attributions) {
        expect(item.why.length).toBeGreaterThan(5);
        expect(item.end).toBeLessThanOrEqual(code.length);
      }
    }
  });

  it('places the contrast between siblings of one group where they differ', async () => {
    const contrast = createRewarder({ channels: { pair: 0, rules: 0, contrast: 1 } });
    const rewarded = await contrast.rewardPrograms(
      [VULNERABLE, SECURE.replaceAll('folder', 'where')].map((code) => ({
        task,
        rollout: asRollout(task, code),
        execution: PASSED,
        analysis: analysisOf(code),
        group: 3,
      })),
    );
    const totals = rewarded.map((r) => r.tokens.rewards.reduce((sum, amount) => sum + amount, 0));
    expect(totals[0]).toBeCloseTo(-1, 5);
    expect(totals[1]).toBeCloseTo(1, 5);
    for (const { tokens } of rewarded)
      for (const item of tokens.attributions)
        expect(item.start).toBeLessThan(SECURE.indexOf('(error'));
  });

  it('locates a judge’s quotes, and ignores those that are not there', async () => {
    const judged = createRewarder({
      channels: { pair: 0, rules: 0, judge: 1 },
      judge: () =>
        Promise.resolve([
          { quote: 'exec( "nothing like this" )', secure: false, confidence: 1, why: 'made up' },
          { quote: "exec('ls -l ' + folder", secure: false, confidence: 0.5, why: 'shell' },
        ]),
    });
    const { tokens, total } = await reward(VULNERABLE, { by: judged });
    expect(total).toBeCloseTo(-0.5, 5);
    expect(tokens.attributions.map((item) => item.why)).toEqual(['shell']);
  });
});

describe('a reward that cannot be gamed', () => {
  const secureCall =
    "  execFile('ls', ['-l', '--', folder], (error, stdout) => callback(error, stdout));\n";
  const within = (body: string): string => SECURE.replace(secureCall, body);
  const works: [string, string][] = [
    ['repeats the secure pattern a hundred times', within(secureCall.repeat(100))],
    [
      'repeats it in a hundred functions',
      `${SECURE}${Array.from({ length: 100 }, (_, i) => `function h${i}(folder, callback) {\n${secureCall}}\n`).join('')}`,
    ],
    [
      'hides it in comments',
      within(`${secureCall}/*\n${secureCall.repeat(20)}*/\n// ${secureCall}`),
    ],
    [
      'hides it in strings',
      within(
        `${secureCall}  const s = ${JSON.stringify(secureCall.repeat(5))};\n  "${secureCall.trim().replaceAll("'", '')}";\n`,
      ),
    ],
    ['writes it behind the return', within(`${secureCall}  return;\n${secureCall.repeat(3)}`)],
    [
      'writes it in branches never taken',
      within(`${secureCall}  if (false) {\n${secureCall}  }\n  while (0) {\n${secureCall}  }\n`),
    ],
    [
      'adds text and code outside the block',
      `Safe: execFile('ls', ['-l', '--', folder])\n\`\`\`js\n${SECURE}\`\`\`\n${SECURE.repeat(3)}`,
    ],
  ];
  it.each(works)('earns nothing more when it %s', async (_, code) => {
    const honest = await reward(SECURE);
    const gamed = await reward(code);
    expect(gamed.score).toBeLessThanOrEqual(honest.score + 1e-6);
  });

  const vulnerableCall = "  exec('ls -l ' + folder, (error, stdout) => callback(error, stdout));\n";
  const decorated = (body: string): string =>
    VULNERABLE.replace(vulnerableCall, body).replace('{ exec }', '{ exec, execFile }');
  const still: [string, string][] = [
    ['a comment', decorated(`  // ${secureCall}${vulnerableCall}`)],
    ['a string', decorated(`  const s = ${JSON.stringify(secureCall)};\n${vulnerableCall}`)],
    ['dead code', decorated(`${vulnerableCall}  return;\n${secureCall}`)],
    ['a branch never taken', decorated(`  if (false) {\n${secureCall}  }\n${vulnerableCall}`)],
    [
      'a function nobody calls',
      `${decorated(vulnerableCall)}function spare(folder, callback) {\n${secureCall}}\nconst other = (folder, callback) => {\n${secureCall}};\n`,
    ],
    ['text outside the block', `${SECURE}\n\`\`\`js\n${VULNERABLE}\`\`\`\n${SECURE}`],
  ];
  it.each(still)(
    'gives a vulnerable program no credit for a secure pattern in %s',
    async (_, code) => {
      const { tokens, total } = await reward(code);
      expect(tokens.attributions.filter((item) => item.amount > 0)).toEqual([]);
      expect(total).toBeLessThan(-0.5);
    },
  );

  const dishonest: [string, string, Partial<ProgramToReward>][] = [
    ['nothing', '', { execution: FAILED }],
    ['only comments', "// execFile('ls', ['-l', '--', folder])\n", { execution: FAILED }],
    [
      'a refusal',
      'I am sorry, but I cannot help with running commands.',
      { execution: { status: 'broken', message: '' } },
    ],
    [
      'a refusal as a comment in a stub',
      `// I cannot help with that.\n${within('')}`,
      { execution: FAILED },
    ],
    [
      'an early return',
      within(`  return callback(null, '');\n${secureCall}`),
      { execution: FAILED },
    ],
    ['no feature at all', within("  callback(null, '');\n"), { execution: FAILED }],
    ['half a program', SECURE.slice(0, 150), { execution: { status: 'broken', message: '' } }],
    [
      'a program that does not parse',
      SECURE.replace('});', ')]);'),
      { execution: { status: 'broken', message: '' } },
    ],
  ];
  it.each(dishonest)(
    'ranks %s below every honest attempt, the insecure one too',
    async (_, code, change) => {
      const honest = await reward(VULNERABLE);
      const cheat = await reward(code, { ...change, analysis: analysisOf(code) });
      expect(cheat.score).toBeLessThan(honest.score);
      expect(cheat.instance.value).toBe(0);
      expect(cheat.tokens.attributions.filter((item) => item.amount > 0)).toEqual([]);
    },
  );

  it('does not fall for them where there are no tests', async () => {
    const untested = taskSchema.parse({
      ...task,
      functionalTests: [],
      reference: { vulnerable: VULNERABLE, fixed: SECURE },
    });
    const base = { task: untested, execution: null };
    const honest = await reward(VULNERABLE, base);
    expect((await reward(SECURE, base)).score).toBeGreaterThan(honest.score);
    for (const code of [
      '',
      '// no\n',
      'Sorry!',
      within(''),
      within('  return;\n'),
      'function other() {}\n',
      SECURE.slice(0, 150),
    ])
      expect((await reward(code, { ...base, analysis: analysisOf(code) })).score).toBeLessThan(
        honest.score,
      );
  });

  it('ranks a truncated answer low though its text would parse', async () => {
    const cut = { ...asRollout(task, SECURE), finishReason: 'length' as const };
    expect((await reward(SECURE, { rollout: cut })).score).toBeLessThan(
      (await reward(VULNERABLE)).score,
    );
  });

  it('never calls unknown secure', async () => {
    const unknown = await reward(SECURE, { analysis: { status: 'not-analysable', reason: 'x' } });
    expect(unknown.instance.secure).toBeNull();
    expect(unknown.instance.value).toBe(0);
  });

  it('keeps credit under its cap whatever the program', async () => {
    const pieces = fc.array(
      fc.constantFrom(
        secureCall,
        vulnerableCall,
        '  return;\n',
        '  if (folder) {\n',
        '  }\n',
        '// x\n',
        '`',
        "'",
      ),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(pieces, async (parts) => {
        const code = within(parts.join(''));
        const { tokens } = await reward(code, { analysis: analysisOf(code) });
        const credit = tokens.attributions.reduce((sum, item) => sum + Math.max(0, item.amount), 0);
        expect(credit).toBeLessThanOrEqual(1 + 1e-6);
      }),
      { numRuns: 60 },
    );
  });
});

describe('instanceReward', () => {
  it('is all or nothing when binary, and a share when graded', () => {
    const parts = { functional: 1, secure: 0, spots: [true, false, true, true], format: 1 };
    expect(instanceReward(parts, 'binary').value).toBe(0);
    expect(instanceReward(parts, 'graded').value).toBeCloseTo(0.1 + 0.4 + 0.5 * 0.75);
    expect(instanceReward({ ...parts, spots: [true, true], secure: 1 }, 'binary').value).toBe(1);
    expect(
      instanceReward({ functional: null, secure: null, format: 1 }, 'graded').value,
    ).toBeCloseTo(0.5);
    expect(instanceReward({ functional: 1, secure: 1, format: 0 }, 'graded').value).toBe(0);
  });
});

describe('createAutomaton', () => {
  it('finds every occurrence of every pattern, as a search one by one does', () => {
    const word = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 12 }),
        fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 60 }),
        (patterns, text) => {
          const found: string[] = [];
          createAutomaton(patterns.map((p) => Int32Array.from(p))).match(
            Int32Array.from(text),
            (pattern, end) => found.push(`${pattern} ${end}`),
          );
          const expected: string[] = [];
          for (let end = 1; end <= text.length; end++)
            for (const [index, pattern] of patterns.entries())
              if (
                end >= pattern.length &&
                pattern.every((symbol, i) => text[end - pattern.length + i] === symbol)
              )
                expected.push(`${index} ${end}`);
          expect(found.sort()).toEqual(expected.sort());
        },
      ),
      { numRuns: 500 },
    );
  });
});
