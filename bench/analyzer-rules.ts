/**
 * @file `node dist/bench/bench/analyzer-rules.js [--data DIR] [--set sven-train|sven-val|safecoder|primevul] [--language c] [--show RULE]` (after
 * `tsc -p bench/tsconfig.json`): what each embedded rule earns. Per rule: pairs whose vulnerable side alone it fires on, both
 * sides, the fixed side alone (with a CWE of the pair's family), and fixed sides it fires on at all. A rule that fires on fixed
 * code and tells few pairs apart is to be sharpened or called low in precision. `--show` prints the places, `--folds N` what
 * the set shows when only rules count that were right more often than wrong on the other folds' projects: how much of a tuned
 * figure one project's pairs say about another's.
 */
import { parseArgs } from 'node:util';
import { anySameCweFamily } from '../src/analyzers/cwe.ts';
import { createEmbeddedAnalyzer } from '../src/analyzers/embedded/analyzer.ts';
import type { Finding } from '../src/analyzers/finding.ts';
import { type Pair, primeVulPairs, safeCoderPairs, svenPairs } from './analyzer-pairs.ts';

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.VUL2SAFE_DATA ?? '../shared/data' },
    set: { type: 'string', default: 'sven-train' },
    language: { type: 'string', default: 'c' },
    show: { type: 'string' },
    folds: { type: 'string' },
  },
});

interface Earned {
  apart: number;
  both: number;
  fixedOnly: number;
  /** Fixed sides with a finding of any CWE. */
  onFixed: number;
}
const analyzer = await createEmbeddedAnalyzer();
const pairs: Pair[] = [
  ...(flags.set === 'primevul'
    ? primeVulPairs(flags.data)
    : flags.set === 'safecoder'
      ? safeCoderPairs(flags.data)
      : svenPairs(flags.data, flags.set.replace('sven-', ''))),
].filter(({ language }) => (language === 'cpp' ? 'c' : language) === flags.language);

function findingsByRule(code: string, { language }: Pair): Map<string, Finding[]> {
  const analysis = analyzer.analyzeSync({ file: 'source', language, code });
  const byRule = new Map<string, Finding[]>();
  for (const one of analysis.status === 'analysed' ? analysis.findings : [])
    byRule.set(one.ruleId, [...(byRule.get(one.ruleId) ?? []), one]);
  return byRule;
}

const earned = new Map<string, Earned>();
/** [pair] rule -> whether it fired in the family before and after, and on the fixed side at all. */
const fired: Map<string, { found: boolean; alarm: boolean; onFixed: boolean }>[] = [];
for (const [index, pair] of pairs.entries()) {
  const before = findingsByRule(pair.vulnerable, pair);
  const after = findingsByRule(pair.fixed, pair);
  const here = new Map<string, { found: boolean; alarm: boolean; onFixed: boolean }>();
  fired.push(here);
  for (const rule of new Set([...before.keys(), ...after.keys()])) {
    const row = earned.get(rule) ?? { apart: 0, both: 0, fixedOnly: 0, onFixed: 0 };
    earned.set(rule, row);
    const inFamily = (found: readonly Finding[] | undefined): boolean =>
      found?.some((one) => anySameCweFamily(one.cwe, pair.cwe)) ?? false;
    const [found, alarm] = [inFamily(before.get(rule)), inFamily(after.get(rule))];
    here.set(rule, { found, alarm, onFixed: after.has(rule) });
    if (found && !alarm) row.apart++;
    if (found && alarm) row.both++;
    if (!found && alarm) row.fixedOnly++;
    if (after.has(rule)) row.onFixed++;
    if (rule === flags.show)
      for (const [side, findings, code] of [
        ['vulnerable', before.get(rule), pair.vulnerable],
        ['fixed', after.get(rule), pair.fixed],
      ] as const)
        for (const { start, startLine } of findings ?? [])
          process.stdout.write(
            `${index} ${pair.cwe.join()} ${pair.project ?? ''} ${side} line ${startLine}: ${code.slice(start).split('\n')[0]}\n`,
          );
  }
}
process.stdout.write(
  `| rule | told apart | both | fixed only | on fixed, any CWE |\n|---|---|---|---|---|\n`,
);
for (const [rule, row] of [...earned].sort(([a], [b]) => (a < b ? -1 : 1)))
  process.stdout.write(
    `| ${rule} | ${row.apart} | ${row.both} | ${row.fixedOnly} | ${row.onFixed} |\n`,
  );

if (flags.folds !== undefined) {
  const folds = Number(flags.folds);
  const foldOf = (index: number): number => {
    const name = pairs[index]!.project ?? String(index);
    return (
      [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7) % folds
    );
  };
  let [found, alarms, anyAlarm] = [0, 0, 0];
  for (const [index, here] of fired.entries()) {
    const kept = [...here].filter(([rule]) => {
      let balance = 0;
      for (const [other, there] of fired.entries()) {
        const seen = there.get(rule);
        if (!seen || foldOf(other) === foldOf(index)) continue;
        if (seen.found && !seen.alarm) balance++;
        if (seen.onFixed) balance--;
      }
      return balance > 0;
    });
    if (kept.some(([, one]) => one.found)) found++;
    if (kept.some(([, one]) => one.alarm)) alarms++;
    if (kept.some(([, one]) => one.onFixed)) anyAlarm++;
  }
  const n = pairs.length;
  process.stdout.write(
    `by project, ${folds} folds: n ${n}, found ${found}, false alarms ${alarms}, Youden ${((found - alarms) / n).toFixed(3)}, any alarm on fixed ${anyAlarm}\n`,
  );
}
