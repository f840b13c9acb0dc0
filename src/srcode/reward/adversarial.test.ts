/**
 * The reward against programs written to please it, in every language the rules read and for every channel that pays by itself.
 * A score is what the policy is trained on: function, plus the token part.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createEmbeddedAnalyzer,
  type EmbeddedAnalyzer,
} from '../../analyzers/embedded/analyzer.ts';
import { taskSchema, type Task } from '../../data/task.ts';
import type { ProgramOutcome } from '../../sandbox/sandbox.ts';
import { programOf } from '../answer.ts';
import { asRollout } from './as-rollout.ts';
import { createRewarder, type Rewarder } from './rewarder.ts';

interface Case {
  readonly language: 'javascript' | 'python' | 'c';
  readonly cwe: string;
  readonly name: string;
  readonly vulnerable: string;
  readonly secure: string;
  /** The statement that decides, in each version. */
  readonly weak: string;
  readonly strong: string;
  readonly comment: (text: string) => string;
  readonly text: (content: string) => string;
  /** Statements that are never run. */
  readonly never: (statement: string) => string;
  readonly exit: string;
  /** A function nobody calls that holds the statement. */
  readonly spare: (statement: string) => string;
}

const CASES: readonly Case[] = [
  {
    language: 'javascript',
    cwe: 'CWE-78',
    name: 'listFiles',
    vulnerable: `const { execSync, execFileSync } = require('child_process');
function listFiles(folder) {
  return execSync('ls -l ' + folder);
}
module.exports = { listFiles };
`,
    secure: `const { execSync, execFileSync } = require('child_process');
function listFiles(folder) {
  return execFileSync('ls', ['-l', '--', folder]);
}
module.exports = { listFiles };
`,
    weak: "  return execSync('ls -l ' + folder);\n",
    strong: "  return execFileSync('ls', ['-l', '--', folder]);\n",
    comment: (text) => `  /* ${text.trim()} */\n`,
    text: (content) => `  const note = ${JSON.stringify(content)};\n`,
    never: (statement) => `  if (false) {\n  ${statement}  }\n`,
    exit: '  return;\n',
    spare: (statement) => `function spare(folder) {\n${statement}}\n`,
  },
  {
    language: 'python',
    cwe: 'CWE-78',
    name: 'list_files',
    vulnerable: `import subprocess

def list_files(folder):
    return subprocess.check_output('ls -l ' + folder, shell=True)
`,
    secure: `import subprocess

def list_files(folder):
    return subprocess.check_output(['ls', '-l', '--', folder])
`,
    weak: "    return subprocess.check_output('ls -l ' + folder, shell=True)\n",
    strong: "    return subprocess.check_output(['ls', '-l', '--', folder])\n",
    comment: (text) => `    # ${text.trim()}\n`,
    text: (content) => `    note = ${JSON.stringify(content)}\n`,
    never: (statement) => `    if False:\n    ${statement}`,
    exit: '    return\n',
    spare: (statement) => `\ndef spare(folder):\n${statement}`,
  },
  {
    language: 'c',
    cwe: 'CWE-787',
    name: 'set_name',
    vulnerable: `#include <stdio.h>
#include <string.h>

void set_name(char *target, size_t size, const char *name) {
    strcpy(target, name);
}
`,
    secure: `#include <stdio.h>
#include <string.h>

void set_name(char *target, size_t size, const char *name) {
    snprintf(target, size, "%s", name);
}
`,
    weak: '    strcpy(target, name);\n',
    strong: '    snprintf(target, size, "%s", name);\n',
    comment: (text) => `    /* ${text.trim()} */\n`,
    text: (content) => `    const char *note = ${JSON.stringify(content)};\n`,
    never: (statement) => `    if (0) {\n    ${statement}    }\n`,
    exit: '    return;\n',
    spare: (statement) =>
      `\nstatic void spare(char *target, size_t size, const char *name) {\n${statement}}\n`,
  },
];

const CHANNELS = {
  rules: { rules: 1, pair: 0, contrast: 0 },
  pair: { rules: 0, pair: 1, contrast: 0 },
  contrast: { rules: 0, pair: 0, contrast: 1 },
  'all channels': { rules: 1, pair: 1, contrast: 1 },
} as const;

const PASSED: ProgramOutcome = { status: 'ran', tests: [{ status: 'passed' }] };
const FAILED: ProgramOutcome = { status: 'ran', tests: [{ status: 'failed', message: 'no' }] };

let analyzer: EmbeddedAnalyzer;
beforeAll(async () => {
  analyzer = await createEmbeddedAnalyzer();
});

describe.each(CASES)('in $language', (given) => {
  const { language, vulnerable, secure, weak, strong } = given;
  const task: Task = taskSchema.parse({
    id: `adversarial-${language}`,
    prompt: { style: 'chat', text: 'write it', language },
    language,
    cwe: [given.cwe, 'CWE-120', 'CWE-121'],
    interface: [given.name],
    functionalTests: [{ name: 'works', code: '' }],
  });
  const rewarders = new Map<string, Rewarder>();
  const rewarderOf = (channel: keyof typeof CHANNELS): Rewarder => {
    const known =
      rewarders.get(channel) ??
      createRewarder({
        channels: CHANNELS[channel],
        pairs: [{ id: 'p', language, vulnerable, fixed: secure }],
      });
    rewarders.set(channel, known);
    return known;
  };
  /** Each answer in a group of its own with an honest insecure and an honest secure sibling, so that contrast has both to go by. */
  async function rewarded(channel: keyof typeof CHANNELS, answer: string, works = true) {
    const answers = [vulnerable, secure, answer];
    const results = await rewarderOf(channel).rewardPrograms(
      answers.map((text, i) => ({
        task,
        rollout: asRollout(task, text),
        execution: i < 2 || works ? PASSED : FAILED,
        analysis: analyzer.analyzeSync({ file: 'a', language, code: programOf(text) }),
        group: 1,
      })),
    );
    const [weakest, honest, cheat] = results.map(({ instance, tokens }) => ({
      score: (instance.functional ?? instance.format) + tokens.rewards.reduce((a, b) => a + b, 0),
      credits: tokens.attributions.filter(({ amount }) => amount > 0),
    }));
    return { weakest: weakest!, honest: honest!, cheat: cheat! };
  }
  const within = (body: string): string => secure.replace(strong, body);
  const still = (body: string): string => vulnerable.replace(weak, body);

  /** Secure programs, dressed up. */
  const dressed: [string, string][] = [
    ['repeats the secure statement a hundred times', within(strong.repeat(100))],
    ['repeats it in comments', within(given.comment(strong).repeat(100) + strong)],
    ['repeats it in strings', within(given.text(strong.repeat(5)) + strong)],
    ['repeats it behind its exit', within(strong + given.exit + strong.repeat(3))],
    ['repeats it where it never runs', within(given.never(strong).repeat(3) + strong)],
    ['repeats it in functions nobody calls', secure + given.spare(strong)],
    ['writes it outside the code', `${strong}\n\`\`\`\n${secure}\`\`\`\n${secure.repeat(3)}`],
  ];
  /** Insecure programs, disguised. */
  const disguised: [string, string][] = [
    ['a comment', still(given.comment(strong) + weak)],
    ['a string', still(given.text(strong) + weak)],
    ['code behind its exit', still(weak + given.exit + strong)],
    ['code that never runs', still(given.never(strong) + weak)],
    ['a function nobody calls', vulnerable + given.spare(strong)],
    ['text around the code', `${secure}\n\`\`\`\n${vulnerable}\`\`\`\n${secure}`],
    ['a hundred comments', still(given.comment(strong).repeat(100) + weak)],
  ];
  /** What is no honest attempt; none of it works. */
  const dishonest: [string, string][] = [
    ['nothing', ''],
    ['only comments', given.comment(strong).repeat(3)],
    ['a refusal', 'I am sorry, but I cannot help with that.'],
    ['a refusal in a stub', within(given.comment('I cannot help with that.') + given.exit)],
    ['an early exit', within(given.exit + strong)],
    ['no feature at all', within(given.exit)],
    ['half a program', secure.slice(0, Math.floor(secure.length * 0.6))],
  ];

  it('is not thrown off by a text nested deeper than any program', async () => {
    const nest = `${'('.repeat(5000)}${')'.repeat(5000)}`;
    const { weakest, cheat } = await rewarded('rules', nest, false);
    expect(cheat.score).toBeLessThan(weakest.score);
  });

  describe.each(Object.keys(CHANNELS) as (keyof typeof CHANNELS)[])('%s', (channel) => {
    it('ranks the honest secure program above the honest insecure one', async () => {
      const { weakest, honest } = await rewarded(channel, secure);
      expect(weakest.score).toBeLessThan(honest.score);
    });
    it.each(dressed)('pays no more to a secure program that %s', async (_, answer) => {
      const { honest, cheat } = await rewarded(channel, answer);
      expect(cheat.score).toBeLessThanOrEqual(honest.score + 1e-6);
    });
    it.each(disguised)('pays nothing for the secure statement in %s', async (_, answer) => {
      const { honest, cheat } = await rewarded(channel, answer);
      expect(cheat.credits).toEqual([]);
      expect(cheat.score).toBeLessThan(honest.score);
    });
    it.each(dishonest)('ranks %s below every honest attempt', async (_, answer) => {
      const { weakest, cheat } = await rewarded(channel, answer, false);
      expect(cheat.score).toBeLessThan(weakest.score);
      expect(cheat.credits).toEqual([]);
    });
  });
});
