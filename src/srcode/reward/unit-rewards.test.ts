import { beforeAll, describe, expect, it } from 'vitest';
import {
  createEmbeddedAnalyzer,
  type EmbeddedAnalyzer,
} from '../../analyzers/embedded/analyzer.ts';
import { taskSchema } from '../../data/task.ts';
import type { UnitReward } from '../../data/token-rewards.ts';
import type { TestOutcome } from '../../sandbox/sandbox.ts';
import { asRollout } from './as-rollout.ts';
import { createRewarder } from './rewarder.ts';

const task = taskSchema.parse({
  id: 'two-spots',
  prompt: { style: 'chat', text: 'list a folder and hash a text', language: 'javascript' },
  language: 'javascript',
  cwe: ['CWE-78', 'CWE-328'],
  weakSpots: 2,
  interface: ['listFiles', 'digest'],
  functionalTests: [
    { name: 'listFiles: lists', code: '' },
    { name: 'digest: repeats itself', code: '' },
  ],
});
const LIST = {
  vulnerable: `function listFiles(folder, done) { exec('ls -l ' + folder, done); }\n`,
  secure: `function listFiles(folder, done) { execFile('ls', ['-l', '--', folder], done); }\n`,
};
const program = (list: keyof typeof LIST, algorithm: string): string =>
  `const { ${list === 'secure' ? 'execFile' : 'exec'} } = require('child_process');
const crypto = require('crypto');
${LIST[list]}function digest(text) { return crypto.createHash('${algorithm}').update(text).digest('hex'); }
module.exports = { listFiles, digest };
`;
const passed: TestOutcome = { status: 'passed' };
const failed: TestOutcome = { status: 'failed', message: 'no' };

let analyzer: EmbeddedAnalyzer;
beforeAll(async () => {
  analyzer = await createEmbeddedAnalyzer(['javascript']);
});

async function unitsOf(
  code: string,
  tests: readonly TestOutcome[] = [passed, passed],
  of = task,
): Promise<readonly UnitReward[]> {
  const rollout = asRollout(of, code);
  const analysis = analyzer.analyzeSync({ file: 'a.js', language: 'javascript', code });
  const execution = { status: 'ran', tests } as const;
  const [result] = await createRewarder({ units: true }).rewardPrograms([
    { task: of, rollout, execution, analysis },
  ]);
  return result!.units!;
}
const rewards = (units: readonly UnitReward[]): number[] => units.map(({ reward }) => reward);

describe('rewards by unit', () => {
  it('blame the function with the weakness and no other', async () => {
    expect(rewards(await unitsOf(program('secure', 'sha256')))).toEqual([1, 1]);
    expect(rewards(await unitsOf(program('vulnerable', 'sha256')))).toEqual([0, 1]);
    expect(rewards(await unitsOf(program('secure', 'md5')))).toEqual([1, 0]);
    expect(rewards(await unitsOf(program('vulnerable', 'md5')))).toEqual([0, 0]);
  });

  it('let a failed test speak for the function it names', async () => {
    expect(rewards(await unitsOf(program('secure', 'sha256'), [passed, failed]))).toEqual([1, 0]);
  });

  it('lie on the function and what it rests on; what lies in no unit belongs to all', async () => {
    const code = program('secure', 'sha256');
    const [list, digest] = await unitsOf(code);
    const { tokenRanges } = asRollout(task, code);
    const tokenAt = (text: string): number =>
      tokenRanges.findIndex(
        ({ start, end }) => start <= code.indexOf(text) && code.indexOf(text) < end,
      );
    const belongs = (text: string): number[] =>
      [list!, digest!].map(({ tokens }) => tokens[tokenAt(text)]!);
    expect(belongs("require('child_process')")).toEqual([1, 0]);
    expect(belongs("require('crypto')")).toEqual([0, 1]);
    expect(belongs("execFile('ls'")).toEqual([1, 0]);
    expect(belongs('createHash')).toEqual([0, 1]);
    expect(belongs('module.exports')).toEqual([1, 1]);
  });

  it('fall on every token when there is no program to take apart', async () => {
    const units = await unitsOf('function listFiles( {', [failed, failed]);
    expect(rewards(units)).toEqual([0, 0]);
    for (const { tokens } of units) expect(Math.min(...tokens)).toBe(1);
  });

  it('take a missing function for a failure of that unit alone', async () => {
    const code = `const crypto = require('crypto');\nfunction digest(text) { return crypto.createHash('sha256').update(text).digest('hex'); }\nmodule.exports = { digest };\n`;
    expect(rewards(await unitsOf(code, [failed, passed]))).toEqual([0, 1]);
  });

  it('are the instance reward where the task names no function', async () => {
    const open = { ...task, interface: [] };
    const units = await unitsOf(program('vulnerable', 'sha256'), [passed, passed], open);
    expect(units.map(({ unit, reward }) => [unit, reward])).toEqual([['program', 0]]);
  });
});
