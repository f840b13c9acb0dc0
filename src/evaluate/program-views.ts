/** @file Every judged program as the page shows it: verdict, prompt, code with findings on it, tests and what they said, lint. */
import type { EvaluationRun, JudgedSample } from './judged-sample.ts';
import { countOf } from './report/format.ts';
import { anchorOf } from './report/html.ts';
import type { ProgramView, ReportSection, Tone } from './report/sections.ts';

export const OUTCOME_TONE: Readonly<Record<string, Tone>> = {
  secure: 'good',
  works: 'good',
  insecure: 'bad',
  wrong: 'warn',
  broken: 'warn',
  'not-judged': 'neutral',
};

const SHOWN_PROGRAMS = 400;

/** Where on the page a program stands. */
export const programAnchor = (run: EvaluationRun, sample: JudgedSample): string =>
  anchorOf(`${run.name} ${sample.task_id} ${sample.sample + 1}`);

/** Insecure and failing programs first: they are what a reader looks for; what was not judged comes last. */
export function shownSamples(run: EvaluationRun): readonly JudgedSample[] {
  const rank = (sample: JudgedSample): number =>
    sample.sec === false ? 0 : sample.func === false ? 1 : sample.outcome === 'not-judged' ? 3 : 2;
  return [...run.samples].sort((a, b) => rank(a) - rank(b)).slice(0, SHOWN_PROGRAMS);
}

function programView(run: EvaluationRun, sample: JudgedSample): ProgramView {
  const prompt = run.prompts.get(sample.task_id);
  const lint = sample.lint.status === 'measured' ? sample.lint.findings : [];
  return {
    title: sample.sample === 0 ? sample.task_id : `${sample.task_id}, sample ${sample.sample + 1}`,
    anchor: programAnchor(run, sample),
    outcome: sample.outcome,
    badges: [
      { text: sample.outcome, tone: OUTCOME_TONE[sample.outcome] ?? 'warn' },
      ...sample.cwe.map((text) => ({ text, tone: 'neutral' as const })),
      ...sample.alarms.map((text) => ({ text: `alarm: ${text}`, tone: 'warn' as const })),
    ],
    ...(prompt ? { prompt } : {}),
    code: sample.kind === 'code' ? sample.program : sample.answer,
    marks: (sample.findings ?? []).map((finding) => ({
      start: finding.start,
      end: finding.end,
      tone: finding.severity === 'low' ? 'warn' : 'bad',
      why: `${finding.message} (${finding.cwe.join(', ') || finding.rule}, ${finding.severity})`,
    })),
    tests: sample.tests.map((test) => ({
      name: test.name,
      tone: test.passed ? 'good' : 'bad',
      detail: test.detail,
    })),
    remarks: {
      title: countOf(lint.length, 'lint finding'),
      lines: lint.map(({ rule, line, message }) => `line ${line}: ${message} (${rule})`),
    },
    ...(sample.detail ? { note: sample.detail.replaceAll('`', "'") } : {}),
  };
}

export function programsOf(run: EvaluationRun): ReportSection {
  const shown = shownSamples(run);
  return {
    kind: 'group',
    heading: `Programs of ${run.name}`,
    open: false,
    sections: [
      {
        kind: 'programs',
        heading: '',
        note:
          run.samples.length > shown.length
            ? `The first ${shown.length} of ${run.samples.length}, insecure and failing ones first; all are in outcomes.jsonl.`
            : 'Insecure and failing programs first.',
        programs: shown.map((sample) => programView(run, sample)),
      },
    ],
  };
}
