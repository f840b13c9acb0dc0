/** @file Every judged program as the page shows it: verdict, prompt, code with findings on it, tests and what they said. */
import type { EvaluationRun, JudgedSample } from './judged-sample.ts';
import type { ProgramView, ReportSection, Tone } from './report/sections.ts';

const OUTCOME_TONE: Readonly<Record<string, Tone>> = {
  secure: 'good',
  works: 'good',
  insecure: 'bad',
  wrong: 'warn',
  broken: 'warn',
  'not-judged': 'neutral',
};

function programView(sample: JudgedSample): ProgramView {
  return {
    title: sample.sample === 0 ? sample.task_id : `${sample.task_id}, sample ${sample.sample + 1}`,
    badges: [
      { text: sample.outcome, tone: OUTCOME_TONE[sample.outcome] ?? 'warn' },
      ...sample.cwe.map((text) => ({ text, tone: 'neutral' as const })),
      ...sample.alarms.map((text) => ({ text: `alarm: ${text}`, tone: 'warn' as const })),
    ],
    code: sample.program,
    marks: (sample.findings ?? []).map((finding) => ({
      start: finding.start,
      end: finding.end,
      tone: finding.severity === 'low' ? 'warn' : 'bad',
      why: `${finding.message} (${finding.cwe.join(', ') || finding.rule}, ${finding.severity})`,
    })),
    tests: sample.tests.map((test) => ({
      name: test.name,
      tone: test.passed ? 'good' : 'bad',
      detail: '',
    })),
    ...(sample.detail ? { note: sample.detail.replaceAll('`', "'") } : {}),
  };
}

const SHOWN_PROGRAMS = 400;

/** Insecure and failing programs first: they are what a reader looks for. */
export function programsOf(run: EvaluationRun): ReportSection {
  const rank = (sample: JudgedSample): number =>
    sample.sec === false ? 0 : sample.func === false ? 1 : 2;
  const ordered = [...run.samples].sort((a, b) => rank(a) - rank(b));
  const cut = ordered.length > SHOWN_PROGRAMS;
  return {
    kind: 'group',
    heading: `Programs of ${run.name}`,
    open: false,
    sections: [
      {
        kind: 'programs',
        heading: '',
        note: cut
          ? `The first ${SHOWN_PROGRAMS} of ${ordered.length}, insecure and failing ones first; all are in outcomes.jsonl.`
          : 'Insecure and failing programs first.',
        programs: ordered.slice(0, SHOWN_PROGRAMS).map(programView),
      },
    ],
  };
}
