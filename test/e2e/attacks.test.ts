/**
 * @file The attack corpus: hostile programs in Python, C and JavaScript, each contained with a named outcome, the machine
 * unharmed. Skipped with a message where bubblewrap cannot run. As root it shows that privileges are dropped first.
 */
import { readdirSync, readFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Language } from '../../src/data/vulnerable-function.ts';
import { probeBubblewrap } from '../../src/sandbox/bubblewrap/probe.ts';
import { createBubblewrapSandbox } from '../../src/sandbox/bubblewrap/sandbox.ts';
import { createQuickJsSandbox } from '../../src/sandbox/quickjs/quickjs-sandbox.ts';
import type { ProgramOutcome, Sandbox } from '../../src/sandbox/sandbox.ts';
import type { Attack, Outcome } from './attacks/attack.ts';
import { C_ATTACKS, C_PRELUDE } from './attacks/c.ts';
import { JAVASCRIPT_ATTACKS, JAVASCRIPT_PRELUDE } from './attacks/javascript.ts';
import { PYTHON_ATTACKS, PYTHON_PRELUDE } from './attacks/python.ts';

const LIMITS = { wallMs: 1500, memoryMb: 160 };
const JAVASCRIPT_LIMITS = { wallMs: 300, memoryMb: 32 };
const MARK = `98765.${process.pid}`;
const SECRET = 'canary that no program may read';

let folder: string;
let server: Server;
let visitors = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(homedir(), 'vul2safe-attack-'));
  writeFileSync(join(folder, 'canary'), SECRET);
  process.env.VUL2SAFE_ATTACK_SECRET = SECRET;
  server = createServer((socket) => {
    visitors++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
  delete process.env.VUL2SAFE_ATTACK_SECRET;
});

const place = (code: string): string =>
  code
    .replaceAll('CANARY', join(folder, 'canary'))
    .replaceAll('HOME', homedir())
    .replaceAll('PORT', String((server.address() as AddressInfo).port))
    .replaceAll('MARK', MARK);

function named(outcome: ProgramOutcome): Outcome {
  if (outcome.status === 'broken') return 'broken';
  const test = outcome.tests[0]!;
  return test.status === 'stopped' ? test.limit : test.status;
}

/** Processes of the whole machine whose command line holds the mark. */
function survivors(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').startsWith(`sleep\0${MARK}`);
      } catch {
        return false; // ended while we looked
      }
    });
}

function machineIsUnharmed(): void {
  expect(survivors()).toEqual([]);
  expect(readFileSync(join(folder, 'canary'), 'utf8')).toBe(SECRET);
  expect(visitors).toBe(0);
  for (const path of ['/usr/owned', '/etc/owned', '/owned', '/dev/owned', join(homedir(), 'owned')])
    expect(existsSync(path), path).toBe(false);
}

/** Attack code in the program itself for JavaScript (it must load); in the test's phase for Python and C. */
async function runAttack(sandbox: Sandbox, language: Language, one: Attack): Promise<Outcome> {
  const code = place(one.code);
  const [program, test] =
    language === 'python'
      ? [PYTHON_PRELUDE, code]
      : language === 'c'
        ? [`${C_PRELUDE}\n${code}\n`, 'int main(void) { return attack(); }']
        : [`${JAVASCRIPT_PRELUDE}\n${code}\n`, ''];
  return named(
    await sandbox.run({
      language,
      program,
      world: {},
      tests: [{ name: one.name, code: test }],
      limits: language === 'javascript' ? JAVASCRIPT_LIMITS : LIMITS,
    }),
  );
}

const probe = probeBubblewrap();
if (!probe.available) console.warn(`attacks in Python and C are skipped: ${probe.reason}`);
const hasCompiler = probe.available && (probe.tools.gcc ?? probe.tools.clang) !== null;

const suites = [
  { language: 'python' as const, attacks: PYTHON_ATTACKS, possible: probe.available },
  { language: 'c' as const, attacks: C_ATTACKS, possible: hasCompiler },
  { language: 'javascript' as const, attacks: JAVASCRIPT_ATTACKS, possible: true },
];

for (const { language, attacks, possible } of suites) {
  describe.skipIf(!possible)(`hostile ${language} programs`, () => {
    it('are at least 40, each under its own name', () => {
      expect(attacks.length).toBeGreaterThanOrEqual(40);
      expect(new Set(attacks.map(({ name }) => name)).size).toBe(attacks.length);
    });

    it('are all contained, with a named outcome, and leave the machine unharmed', async () => {
      const sandbox =
        language === 'javascript'
          ? await createQuickJsSandbox()
          : createBubblewrapSandbox({ concurrency: 3 });
      const unexpected: string[] = [];
      const judge = async (one: Attack): Promise<void> => {
        const started = Date.now();
        const outcome = await runAttack(sandbox, language, one);
        if (process.env.VUL2SAFE_DEBUG)
          console.log(`${Date.now() - started} ms: ${one.name}: ${outcome}`);
        if (!one.expect.includes(outcome))
          unexpected.push(`${one.name}: ${outcome}, expected ${one.expect.join(' or ')}`);
      };
      if (language === 'javascript') for (const one of attacks) await judge(one);
      else await Promise.all(attacks.map(judge));
      await sandbox.close();
      expect(unexpected).toEqual([]);
      machineIsUnharmed();
    });
  });
}
