/** @file All checks in the order they are shown, and the same as lines for a person. */
import { probeBubblewrap } from '../../sandbox/bubblewrap/probe.ts';
import { type Check, type CheckArea, machineMeans, type ProbeMeans } from './check.ts';
import { grammarCheck, ruffCheck, runtimeProbe, tryQuickJs } from './embedded-probes.ts';
import { engineChecks } from './engine.ts';
import { machineChecks, machineFacts } from './machine.ts';
import { bubblewrapChecks, quickJsCheck } from './sandboxes.ts';
import { eslintCheck, keyChecks, pythonCheck, toolChecks } from './tools.ts';

const TITLES: Readonly<Record<CheckArea, string>> = {
  machine: 'This machine',
  engine: 'Embedded engine',
  sandbox: 'Sandboxes for generated code',
  analyzers: 'Analyzers',
  teachers: 'Teachers and services',
  optional: 'Also useful',
};

export async function examine(means: ProbeMeans = machineMeans()): Promise<Check[]> {
  const checks = await Promise.all([
    machineChecks(machineFacts()),
    engineChecks(runtimeProbe()),
    quickJsCheck(tryQuickJs),
    bubblewrapChecks(probeBubblewrap()),
    grammarCheck(),
    ruffCheck(),
    toolChecks(means),
    eslintCheck(),
    keyChecks(means),
    pythonCheck(means),
  ]);
  const order = Object.keys(TITLES);
  return checks.flat().sort((a, b) => order.indexOf(a.area) - order.indexOf(b.area));
}

const MARK: Readonly<Record<Check['status'], string>> = {
  ready: 'ok     ',
  limited: 'limited',
  missing: 'missing',
};

export function renderChecks(checks: readonly Check[]): string[] {
  const lines: string[] = [];
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const [area, title] of Object.entries(TITLES)) {
    const own = checks.filter((check) => check.area === area);
    if (own.length === 0) continue;
    lines.push('', title);
    for (const { name, status, detail, adds, install } of own) {
      lines.push(`  ${MARK[status]}  ${name.padEnd(width)}  ${detail}`);
      if (status === 'ready') continue;
      const indent = ' '.repeat(width + 13);
      lines.push(`${indent}${status === 'missing' ? 'would add' : 'gives'}: ${adds}`);
      if (install) lines.push(`${indent}to get it: ${install}`);
    }
  }
  return lines.slice(1);
}
