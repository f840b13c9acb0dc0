/**
 * @file `node dist/bench/bench/analyzer-rules.js [--data DIR] [--sets sven-train,safecoder,primevul] [--language c] [--show RULE]
 * [--folds N]` (after `tsc -p bench/tsconfig.json`): what each embedded rule earns over the sets together. Per rule and
 * precision: pairs whose vulnerable side alone it fires on, both sides, the fixed side alone (with a CWE of the pair's
 * family), and fixed sides it fires on at all. A rule that fires on fixed code and tells few pairs apart is to be sharpened or
 * called low in precision. `--show` prints the places. `--folds N`: what each set shows when only rules count that were right
 * more often than wrong in the other folds' projects of all sets: how much of a tuned figure one project's pairs say about
 * another's. What is held out (SVEN's validation split, PrimeVul's unread projects) can not be asked for here.
 */
import { parseArgs } from 'node:util';
import { anySameCweFamily } from '../src/analyzers/cwe.ts';
import { createEmbeddedAnalyzer } from '../src/analyzers/embedded/analyzer.ts';
import type { Finding } from '../src/analyzers/finding.ts';
import { inputError } from '../src/kernel/errors.ts';
import { foldOf, type Pair, primeVulPairs, safeCoderPairs, svenPairs } from './analyzer-pairs.ts';

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.VUL2SAFE_DATA ?? '../shared/data' },
    sets: { type: 'string', default: 'sven-train,safecoder,primevul' },
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
interface Fired {
  readonly found: boolean;
  readonly alarm: boolean;
  readonly onFixed: boolean;
}
const SETS: Readonly<Record<string, (data: string) => Iterable<Pair>>> = {
  'sven-train': (data) => svenPairs(data, 'train'),
  safecoder: safeCoderPairs,
  primevul: (data) => primeVulPairs(data, false),
};
const analyzer = await createEmbeddedAnalyzer();
const pairs = flags.sets
  .split(',')
  .flatMap((set) => {
    const open = SETS[set];
    if (!open)
      throw inputError(`no set "${set}" to tune on`, `sets: ${Object.keys(SETS).join(', ')}`);
    return [...open(flags.data)];
  })
  .filter(({ language }) => (language === 'cpp' ? 'c' : language) === flags.language);

function findingsByRule(code: string, { language }: Pair): Map<string, Finding[]> {
  const analysis = analyzer.analyzeSync({ file: 'source', language, code });
  const byRule = new Map<string, Finding[]>();
  for (const one of analysis.status === 'analysed' ? analysis.findings : []) {
    const key = one.precision === 'low' ? `${one.ruleId} (low)` : one.ruleId;
    byRule.set(key, [...(byRule.get(key) ?? []), one]);
  }
  return byRule;
}

const earned = new Map<string, Earned>();
/** [pair] rule -> whether it fired in the family before and after, and on the fixed side at all. */
const fired: Map<string, Fired>[] = [];
for (const [index, pair] of pairs.entries()) {
  const before = findingsByRule(pair.vulnerable, pair);
  const after = findingsByRule(pair.fixed, pair);
  const here = new Map<string, Fired>();
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
            `${pair.set} ${index} ${pair.cwe.join()} ${pair.project ?? ''} ${side} line ${startLine}: ${code.slice(start).split('\n')[0]}\n`,
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
  if (!Number.isInteger(folds) || folds < 2)
    throw inputError(`--folds ${flags.folds}`, 'give a whole number of at least 2');
  const foldOfPair = pairs.map((pair) => foldOf(pair, folds));
  /** [fold] rule -> right minus wrong outside that fold. */
  const balances = Array.from({ length: folds }, () => new Map<string, number>());
  for (const [index, here] of fired.entries())
    for (const [rule, seen] of here)
      for (const [fold, balance] of balances.entries())
        if (fold !== foldOfPair[index])
          balance.set(
            rule,
            (balance.get(rule) ?? 0) + (seen.found && !seen.alarm ? 1 : 0) - (seen.onFixed ? 1 : 0),
          );
  for (const set of new Set(pairs.map((pair) => pair.set))) {
    let [n, found, alarms, anyAlarm] = [0, 0, 0, 0];
    for (const [index, here] of fired.entries()) {
      if (pairs[index]!.set !== set) continue;
      n++;
      const kept = [...here].flatMap(([rule, one]) =>
        (balances[foldOfPair[index]!]!.get(rule) ?? 0) > 0 ? [one] : [],
      );
      if (kept.some((one) => one.found)) found++;
      if (kept.some((one) => one.alarm)) alarms++;
      if (kept.some((one) => one.onFixed)) anyAlarm++;
    }
    process.stdout.write(
      `${set} by project, ${folds} folds: n ${n}, found ${found}, false alarms ${alarms}, Youden ${((found - alarms) / n).toFixed(3)}, any alarm on fixed ${anyAlarm}\n`,
    );
  }
}
