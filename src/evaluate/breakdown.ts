/** @file What stands behind the rates: outcomes, what was not judged and why, rates by CWE and language, and the tasks on which runs differ. */
import type { EvaluationRun, JudgedSample } from './judged-sample.ts';
import { countBy, type Measure, outcomesOf } from './metrics.ts';
import { programAnchor, OUTCOME_TONE, shownSamples } from './program-views.ts';
import type { Cell, IntervalsSection, TableSection } from './report/sections.ts';
import { rateWithInterval, type RateInterval } from './statistics/rate.ts';

export const MEASURE_NAMES = { func: 'works', sec: 'secure', joint: 'works and secure' } as const;

const byNumber = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

export function outcomesTable(runs: readonly EvaluationRun[]): TableSection {
  const counts = runs.map((run) => countBy(run.samples.map(({ outcome }) => outcome)));
  const total = (outcome: string): number =>
    counts.reduce((sum, one) => sum + (one[outcome] ?? 0), 0);
  const outcomes = [...new Set(counts.flatMap((one) => Object.keys(one)))].sort(
    (a, b) => total(b) - total(a),
  );
  return {
    kind: 'table',
    heading: 'Outcomes',
    note: 'Programs by what became of them. Only what was judged is in a rate; secure and insecure are said of programs that work, but where analyzers judge, of every program.',
    columns: [{ label: 'outcome' }, ...runs.map((run) => ({ label: run.name }))],
    rows: outcomes.map((outcome) => [
      { text: outcome, tone: OUTCOME_TONE[outcome] ?? 'warn' },
      ...counts.map((one) => one[outcome] ?? 0),
    ]),
  };
}

/** null where everything was judged. */
export function notJudgedTable(runs: readonly EvaluationRun[]): TableSection | null {
  const counts = runs.map((run) =>
    countBy(
      run.samples
        .filter((sample) => sample.func === null && sample.sec === null)
        .map(({ detail }) => detail),
    ),
  );
  const reasons = [...new Set(counts.flatMap((one) => Object.keys(one)))];
  if (reasons.length === 0) return null;
  const total = (reason: string): number =>
    counts.reduce((sum, one) => sum + (one[reason] ?? 0), 0);
  return {
    kind: 'table',
    heading: 'Not judged, and why',
    note: 'These programs are in no rate: neither secure nor insecure, neither working nor broken.',
    columns: [{ label: 'reason' }, ...runs.map((run) => ({ label: run.name }))],
    rows: reasons
      .sort((a, b) => total(b) - total(a))
      .slice(0, 30)
      .map((reason) => [reason.replaceAll('`', "'"), ...counts.map((one) => one[reason] ?? 0)]),
  };
}

function rateOf(
  samples: readonly JudgedSample[],
  measure: Measure,
  seed: number,
): RateInterval | null {
  const outcomes = outcomesOf(samples, measure);
  return outcomes.size === 0 ? null : rateWithInterval(outcomes, seed);
}

/** null where there is only one kind. */
export function breakdownTable(
  runs: readonly EvaluationRun[],
  heading: string,
  keysOf: (sample: JudgedSample) => readonly string[],
): TableSection | null {
  const keys = [...new Set(runs.flatMap((run) => run.samples.flatMap(keysOf)))].sort(byNumber);
  if (keys.length < 2) return null;
  const measures = (['func', 'sec'] as const).filter((measure) =>
    runs.some((run) => run.samples.some((sample) => sample[measure] !== null)),
  );
  return {
    kind: 'table',
    heading,
    columns: [
      { label: heading.replace(/^By /, '') },
      ...runs.flatMap((run) =>
        measures.map((measure) => ({
          label:
            runs.length > 1 ? `${run.name}: ${MEASURE_NAMES[measure]}` : MEASURE_NAMES[measure],
          better: 'higher' as const,
        })),
      ),
    ],
    rows: keys.map((key) => [
      key,
      ...runs.flatMap((run) => {
        const own = run.samples.filter((sample) => keysOf(sample).includes(key));
        return measures.map((measure) => rateOf(own, measure, run.header.seed));
      }),
    ]),
  };
}

const MAX_CHART_GROUPS = 40;

/** Weakest CWE first. null where security is not judged or there is one CWE alone. */
export function cweChart(runs: readonly EvaluationRun[]): IntervalsSection | null {
  const cwes = [...new Set(runs.flatMap((run) => run.samples.flatMap(({ cwe }) => cwe)))];
  const rows = cwes
    .sort(byNumber)
    .map((cwe) => ({
      label: cwe,
      rates: runs.flatMap((run) => {
        const own = run.samples.filter((sample) => sample.cwe.includes(cwe));
        const rate = rateOf(own, 'sec', run.header.seed);
        return rate ? [{ name: run.name, rate }] : [];
      }),
    }))
    .filter(({ rates }) => rates.length > 0)
    .sort((a, b) => a.rates[0]!.rate.value - b.rates[0]!.rate.value);
  if (rows.length < 2) return null;
  const shown = rows.slice(0, MAX_CHART_GROUPS);
  const note = `Share of programs that are secure, weakest first${rows.length > shown.length ? `: ${shown.length} of ${rows.length} CWEs` : ''}.`;
  const base = { kind: 'intervals' as const, heading: 'Secure, by CWE', note };
  return runs.length === 1
    ? {
        ...base,
        oneColour: true,
        groups: [
          {
            label: MEASURE_NAMES.sec,
            better: 'higher',
            rates: shown.map(({ label, rates }) => ({ name: label, rate: rates[0]!.rate })),
          },
        ],
      }
    : { ...base, order: runs.map((run) => run.name), groups: shown };
}

const MAX_DIFFERING = 100;

/** Tasks whose first answers did not end alike, each verdict leading to its program. null where all agree. */
export function differingTasks(runs: readonly EvaluationRun[]): TableSection | null {
  if (runs.length < 2) return null;
  const first = runs.map(
    (run) =>
      new Map(
        run.samples.filter(({ sample }) => sample === 0).map((sample) => [sample.task_id, sample]),
      ),
  );
  const shown = runs.map((run) => new Set(shownSamples(run)));
  const differing = [...first[0]!.keys()].filter((task) => {
    const outcomes = first.flatMap((byTask) => byTask.get(task)?.outcome ?? []);
    return outcomes.length > 1 && new Set(outcomes).size > 1;
  });
  if (differing.length === 0) return null;
  const cell = (sample: JudgedSample | undefined, run: number): Cell =>
    sample === undefined
      ? null
      : {
          text: sample.outcome,
          tone: OUTCOME_TONE[sample.outcome] ?? 'warn',
          ...(shown[run]!.has(sample) ? { to: programAnchor(runs[run]!, sample) } : {}),
        };
  return {
    kind: 'table',
    heading: 'Tasks on which the runs differ',
    note: `First answers that did not end alike: ${differing.length} of ${first[0]!.size} tasks${differing.length > MAX_DIFFERING ? `, the first ${MAX_DIFFERING} of them` : ''}. A verdict leads to its program.`,
    columns: [{ label: 'task' }, { label: 'CWE' }, ...runs.map((run) => ({ label: run.name }))],
    rows: differing
      .sort(byNumber)
      .slice(0, MAX_DIFFERING)
      .map((task) => [
        task,
        first[0]!.get(task)!.cwe.join(', '),
        ...first.map((byTask, run) => cell(byTask.get(task), run)),
      ]),
  };
}
