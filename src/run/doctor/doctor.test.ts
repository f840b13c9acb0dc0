import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Check, machineMeans, type ProbeMeans, versionIn } from './check.ts';
import { renderChecks } from './doctor.ts';
import { grammarCheck, ruffCheck, runtimeProbe, tryQuickJs } from './embedded-probes.ts';
import { engineChecks } from './engine.ts';
import { type MachineFacts, machineChecks } from './machine.ts';
import { bubblewrapChecks, quickJsCheck } from './sandboxes.ts';
import { keyChecks, pythonCheck, toolChecks } from './tools.ts';

const scratch = mkdtempSync(join(tmpdir(), 'vul2safe-doctor-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Real programs in a folder of our own, found there alone. */
function meansWith(
  programs: Record<string, string>,
  environment: ProbeMeans['environment'] = {},
): ProbeMeans {
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(scratch, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(scratch, name), 0o755);
  }
  const findTool = (name: string): string | null =>
    Object.hasOwn(programs, name) ? join(scratch, name) : null;
  return { environment, findTool, runTool: machineMeans().runTool };
}
const byName = (checks: readonly Check[], name: string): Check | undefined =>
  checks.find((check) => check.name === name);

describe('external tools', () => {
  it('are ready with their version, missing, or limited when they do not start', async () => {
    const checks = await toolChecks(
      meansWith({
        cppcheck: 'echo Cppcheck 2.10',
        bandit: 'echo no module named bandit >&2; exit 1',
      }),
    );
    expect(byName(checks, 'cppcheck')).toMatchObject({ status: 'ready' });
    expect(byName(checks, 'cppcheck')?.detail).toMatch(/^2\.10, /);
    expect(byName(checks, 'bandit')).toMatchObject({
      status: 'limited',
      detail: expect.stringContaining('no module named bandit'),
    });
    expect(byName(checks, 'clang')).toMatchObject({ status: 'missing', detail: 'not on PATH' });
    for (const check of checks)
      expect(check.status === 'ready' || check.install !== undefined).toBe(true);
  });

  it('find their version in various spellings', () => {
    expect(versionIn('gcc (Debian 12.2.0-14) 12.2.0\nCopyright')).toBe('12.2.0');
    expect(versionIn('Cppcheck 2.10')).toBe('2.10');
    expect(versionIn('no number')).toBeUndefined();
  });

  it('Python tells which packages it lacks', async () => {
    const lacking = meansWith({
      python3: 'printf "3.11.7\\ntorch absent\\ntransformers 5.1.0\\n"',
    });
    expect(await pythonCheck(lacking)).toMatchObject({
      status: 'limited',
      detail: 'python 3.11.7, torch absent, transformers 5.1.0',
    });
    const complete = meansWith({ python3: 'printf "3.12.0\\ntorch 2.9\\ntransformers 5.1.0\\n"' });
    expect((await pythonCheck(complete)).status).toBe('ready');
    expect((await pythonCheck(meansWith({}))).status).toBe('missing');
  });

  it('keys are reported as set or not, never shown', () => {
    const checks = keyChecks(meansWith({}, { OPENAI_API_KEY: 'sk-secret-value' }));
    expect(byName(checks, 'OPENAI_API_KEY')?.status).toBe('ready');
    expect(byName(checks, 'TINKER_API_KEY')?.status).toBe('missing');
    expect(JSON.stringify(checks)).not.toContain('sk-secret-value');
  });
});

describe('what the package brings along', () => {
  it('really works here: runtime, QuickJS, grammars, linter', async () => {
    expect(byName(await engineChecks(runtimeProbe()), 'onnxruntime (cpu)')?.status).toBe('ready');
    expect(await quickJsCheck(tryQuickJs)).toMatchObject({ status: 'ready' });
    expect(await grammarCheck()).toMatchObject({ status: 'ready' });
    expect(await ruffCheck()).toMatchObject({ status: 'ready' });
  });

  it('a provider that is absent or refuses is missing with its reason', async () => {
    const checks = await engineChecks(
      {
        version: '1.0.0',
        bundled: ['cpu', 'webgpu'],
        tryDevice: (device) =>
          device === 'cpu'
            ? Promise.resolve()
            : Promise.reject(new Error('a/b.cc:1 status was false. Failed: No adapters')),
      },
      'linux',
    );
    expect(checks.map(({ status }) => status)).toEqual(['ready', 'missing', 'missing']);
    expect(checks[1]?.detail).toBe('does not start: Failed: No adapters');
    expect(checks[2]?.detail).toBe('not in this build of the runtime');
  });
});

describe('sandboxes', () => {
  it('bubblewrap that cannot start makes Python and C missing, with its hint', () => {
    const checks = bubblewrapChecks({
      available: false,
      reason: 'no user namespaces',
      hint: 'allow',
    });
    expect(checks.map(({ status, install }) => [status, install])).toEqual([
      ['missing', 'allow'],
      ['missing', 'allow'],
    ]);
  });

  it('without a compiler Python is ready and C missing', () => {
    const tools = {
      bwrap: '/usr/bin/bwrap',
      pythonPath: [],
      python: '/usr/bin/python3',
      gcc: null,
      clang: null,
      node: null,
      readOnlyFolders: [],
      canDisableUserNamespaces: true,
      canLimitTmpfs: true,
    };
    const checks = bubblewrapChecks({ available: true, tools, remarks: [] });
    expect(checks.map(({ status }) => status)).toEqual(['ready', 'missing']);
  });
});

describe('the machine', () => {
  const facts: MachineFacts = {
    nodeVersion: '20.19.0',
    platform: 'linux',
    architecture: 'x64',
    cpuModel: 'x',
    cores: 2,
    memoryBytes: 16 * 2 ** 30,
  };
  const statuses = (change: Partial<MachineFacts>): string[] =>
    machineChecks({ ...facts, ...change }).map(({ status }) => status);

  it('is judged by Node version, cores and memory', () => {
    expect(statuses({})).toEqual(['ready', 'ready', 'ready']);
    expect(statuses({ nodeVersion: '20.18.3' })[0]).toBe('limited');
    expect(statuses({ nodeVersion: '22.0.0' })[0]).toBe('ready');
    expect(statuses({ cores: 1, memoryBytes: 5e8 })).toEqual(['ready', 'limited', 'limited']);
  });

  it('shows what is missing with what it adds and how to get it', () => {
    const lines = renderChecks([
      { area: 'analyzers', name: 'x', status: 'missing', detail: 'none', adds: 'A', install: 'I' },
      { area: 'machine', name: 'node', status: 'ready', detail: '20', adds: 'B' },
    ]).join('\n');
    expect(lines).toMatch(/This machine\n {2}ok +node +20\n\nAnalyzers\n {2}missing +x +none\n/);
    expect(lines).toMatch(/would add: A\n +to get it: I/);
    expect(lines).not.toContain('B');
  });
});
