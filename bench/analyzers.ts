/**
 * @file `node dist/bench/bench/analyzers.js [--tools vul2safe,ruff] [--sets fixtures,sven-val] [--data DIR] [--every N] [--json]
 * [--no-speed]`
 * (after `tsc -p bench/tsconfig.json`): how well and how fast the analyzers tell vulnerable from fixed code. Pairs: the fixtures of
 * the embedded rules; SVEN's before/after functions, train and validation apart; SafeCoder's and PrimeVul's pairs without
 * those that SVEN also holds, PrimeVul's by projects that were read and such that were not. A pair counts as found when the vulnerable side has a finding of the pair's CWE family, as a false
 * alarm when the fixed side has one. Youden index = rate of found minus rate of false alarms. Intervals are 95%: Wilson for
 * rates, bootstrap over pairs (seeded) for the index. The rules were tuned on the fixtures, SVEN's train split, SafeCoder and
 * the `primevul` set; `sven-val` and `primevul-unread` are held out.
 * Last line: speed of the embedded rules in processor time, on the chosen sets, their short functions, and task programs.
 */
import { parseArgs } from 'node:util';
import { ANALYZER_NAMES, availableAnalyzers } from '../src/analyzers/available.ts';
import { anySameCweFamily } from '../src/analyzers/cwe.ts';
import { createRandom } from '../src/kernel/random.ts';
import { createEmbeddedAnalyzer, EMBEDDED_TOOL } from '../src/analyzers/embedded/analyzer.ts';
import { SHOWN_PRECISION, withPrecision } from '../src/analyzers/precision.ts';
import type { Analysis, Analyzer } from '../src/analyzers/finding.ts';
import { taskSet } from '../src/tasks/sets.ts';
import {
  fixturePairs,
  type Pair,
  primeVulPairs,
  safeCoderPairs,
  svenPairs,
} from './analyzer-pairs.ts';

interface Tally {
  pairs: number;
  found: number;
  falseAlarms: number;
  /** [pair] found minus false alarm: 1, 0 or -1. */
  readonly differences: number[];
  /** Fixed sides with a finding of any CWE. */
  anyAlarm: number;
  notAnalysable: number;
}

const { values: flags } = parseArgs({
  options: {
    tools: {
      type: 'string',
      default: ANALYZER_NAMES.filter((name) => name !== 'gcc' && name !== 'clang').join(','),
    },
    data: { type: 'string', default: process.env.VUL2SAFE_DATA ?? '../shared/data' },
    fixtures: { type: 'string', default: 'test/fixtures/analyzers' },
    sets: { type: 'string', default: 'fixtures,sven-train,sven-val,primevul,primevul-unread' },
    speed: { type: 'boolean', default: true },
    /** Only every n-th PrimeVul pair: external tools take a process each. */
    every: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

const tallies = new Map<string, Tally>();
const tally = (key: string): Tally => {
  const known = tallies.get(key) ?? {
    pairs: 0,
    found: 0,
    falseAlarms: 0,
    differences: [],
    anyAlarm: 0,
    notAnalysable: 0,
  };
  tallies.set(key, known);
  return known;
};
const family = (analysis: Analysis, cwe: readonly string[]): boolean =>
  analysis.status === 'analysed' &&
  analysis.findings.some((finding) => anySameCweFamily(finding.cwe, cwe));

async function judge(analyzer: Analyzer, pair: Pair): Promise<void> {
  if (!analyzer.languages.includes(pair.language)) return;
  const look = (code: string): Promise<Analysis> =>
    analyzer.analyze({ file: 'source', language: pair.language, code });
  const before = await look(pair.vulnerable);
  const after = await look(pair.fixed);
  const group = pair.language === 'cpp' ? 'c' : pair.language;
  for (const cwe of [pair.cwe[0]!, 'all']) {
    const row = tally([pair.set, group, cwe, analyzer.name].join('\t'));
    row.pairs++;
    if (before.status !== 'analysed' || after.status !== 'analysed') row.notAnalysable++;
    const found = family(before, pair.cwe) ? 1 : 0;
    const alarm = family(after, pair.cwe) ? 1 : 0;
    row.found += found;
    row.falseAlarms += alarm;
    row.differences.push(found - alarm);
    if (after.status === 'analysed' && after.findings.length > 0) row.anyAlarm++;
  }
}

/** Reference programs of the embedded JavaScript tasks, vulnerable and fixed. */
const taskPrograms = (): string[] =>
  [
    ...taskSet('train', 'bench-analyzers', 700),
    ...taskSet('held-out-family', 'bench-analyzers', 300),
  ].flatMap(({ task: { reference } }) =>
    reference ? [reference.vulnerable, reference.fixed] : [],
  );

/** Texts and characters per second of user processor time (garbage collection and compilation included), one thread, warm. */
function rateOf(analyze: (code: string) => unknown, codes: readonly string[]): object {
  const rounds = (atLeastSeconds: number): { count: number; seconds: number } => {
    const started = process.cpuUsage().user;
    for (let count = 1; ; count++) {
      for (const code of codes) analyze(code);
      const seconds = (process.cpuUsage().user - started) / 1e6;
      if (seconds >= atLeastSeconds) return { count, seconds };
    }
  };
  rounds(2);
  const { count, seconds } = rounds(2);
  const characters = codes.reduce((sum, code) => sum + code.length, 0);
  return {
    texts: codes.length,
    meanCharacters: Math.round(characters / codes.length),
    textsPerSecond: Math.round((count * codes.length) / seconds),
    charactersPerSecond: Math.round((count * characters) / seconds),
  };
}

const SHORT_CHARACTERS = 1500;
/** Speed of the embedded rules: per language over the chosen sets, over their short texts, and over the task programs. */
async function speed(pairs: readonly Pair[]): Promise<Record<string, object>> {
  const embedded = await createEmbeddedAnalyzer();
  const rates: Record<string, object> = {};
  for (const language of ['javascript', 'python', 'c', 'cpp'] as const) {
    const codes = pairs
      .filter((pair) => pair.language === language)
      .flatMap(({ vulnerable, fixed }) => [vulnerable, fixed]);
    const short = codes.filter((code) => code.length <= SHORT_CHARACTERS);
    const sorts: [string, string[]][] = [
      [language, codes],
      [`${language}, at most ${SHORT_CHARACTERS} characters`, short],
      [`${language}, task programs`, language === 'javascript' ? taskPrograms() : []],
    ];
    for (const [label, texts] of sorts)
      if (texts.length > 0)
        rates[label] = rateOf(
          (code) => embedded.analyzeSync({ file: 'source', language, code }),
          texts,
        );
  }
  return rates;
}

const sets = flags.sets.split(',');
const pairs = [
  ...(sets.includes('fixtures') ? fixturePairs(flags.fixtures) : []),
  ...(sets.includes('sven-train') ? svenPairs(flags.data, 'train') : []),
  ...(sets.includes('sven-val') ? svenPairs(flags.data, 'val') : []),
  ...(sets.includes('safecoder') ? safeCoderPairs(flags.data) : []),
  ...['primevul', 'primevul-unread']
    .filter((set) => sets.includes(set))
    .flatMap((set) =>
      [...primeVulPairs(flags.data, set === 'primevul-unread')].filter(
        (_, index) => index % Number(flags.every) === 0,
      ),
    ),
];
for (const { name, analyzer, missing } of await availableAnalyzers(flags.tools.split(','))) {
  if (!analyzer) process.stderr.write(`${name} is not here (${missing}): left out\n`);
  else {
    // As `scan` shows it, and beside it all that rewards and gates see.
    const shown = withPrecision(analyzer, SHOWN_PRECISION);
    const everything = { ...analyzer, name: `${name}, low precision too` };
    for (const pair of pairs) await judge(shown, pair);
    if (name === EMBEDDED_TOOL) for (const pair of pairs) await judge(everything, pair);
  }
}
/** Wilson's 95% interval of a share. */
function wilson(part: number, whole: number): [number, number] {
  const z2 = 1.96 ** 2;
  const middle = (part + z2 / 2) / (whole + z2);
  const half = (1.96 * Math.sqrt((part * (whole - part)) / whole + z2 / 4)) / (whole + z2);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
/** Percentile bootstrap of the mean over pairs, 2,000 draws. */
function bootstrap(values: readonly number[], label: string): [number, number] {
  const random = createRandom('bench-analyzers', label);
  const means = Array.from({ length: 2000 }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[random.integer(values.length)]!;
    return sum / values.length;
  }).sort((a, b) => a - b);
  return [means[50]!, means[1949]!];
}

const rows = [...tallies]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([key, { differences, ...counts }]) => {
    const [set, language, cwe, tool] = key.split('\t');
    return {
      set,
      language,
      cwe,
      tool,
      ...counts,
      foundInterval: wilson(counts.found, counts.pairs),
      falseAlarmInterval: wilson(counts.falseAlarms, counts.pairs),
      anyAlarmInterval: wilson(counts.anyAlarm, counts.pairs),
      youden: (counts.found - counts.falseAlarms) / counts.pairs,
      youdenInterval: bootstrap(differences, key),
    };
  });
const rates = flags.speed ? await speed(pairs) : {};
if (flags.json) process.stdout.write(`${JSON.stringify({ rows, rates })}\n`);
else {
  const percent = (part: number, whole: number): string => {
    const [low, high] = wilson(part, whole).map((end) => (100 * end).toFixed(1));
    return `${((100 * part) / whole).toFixed(1)}% (${low}–${high})`;
  };
  process.stdout.write(
    '| set | language | CWE | tool | pairs | found | false alarms | Youden | any alarm on fixed | not analysable |\n|---|---|---|---|---|---|---|---|---|---|\n',
  );
  for (const row of rows)
    process.stdout.write(
      `| ${row.set} | ${row.language} | ${row.cwe} | ${row.tool} | ${row.pairs} | ${percent(row.found, row.pairs)} | ${percent(row.falseAlarms, row.pairs)} | ${row.youden.toFixed(3)} [${row.youdenInterval.map((end) => end.toFixed(3)).join(', ')}] | ${percent(row.anyAlarm, row.pairs)} | ${row.notAnalysable} |\n`,
    );
  process.stdout.write(`${JSON.stringify(rates)}\n`);
}
