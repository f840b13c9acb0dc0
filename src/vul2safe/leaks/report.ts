/** @file LEAKS.md: the overlap of a training set with each evaluation set, in words and numbers, and what was done about it. */
import { CLONE_KINDS, type CloneKind } from './clone-index.ts';
import type { LeakReport } from './find-leaks.ts';

const MEANING: Record<CloneKind, string> = {
  exact: 'the same text',
  layout: 'the same but for white space and comments',
  renamed: 'also but for names',
  near: 'windows of five lexemes, names abstracted, overlap above the threshold (MinHash estimate)',
};

const LISTED = 200;

/** `removed`: how many training rows were taken out because of this, when the caller did so. */
export function renderLeaks(
  report: LeakReport,
  options: { readonly removed?: string } = {},
): string {
  const { train, evaluations, leaks, threshold } = report;
  const lines = [
    '# Leaks between training and evaluation data',
    '',
    `Training: ${train.records} records (${train.items} functions; vulnerable and fixed versions both count). ` +
      `${report.leakedTrainRecords} of them match something in an evaluation set.`,
    '',
    ...(options.removed === undefined ? [] : [options.removed, '']),
  ];
  if (evaluations.length === 0) lines.push('No evaluation set was named, so nothing was compared.');
  else {
    lines.push(
      `| evaluation set | records | ${CLONE_KINDS.join(' | ')} | training records | share of training | evaluation records hit |`,
      `|---|---:|${CLONE_KINDS.map(() => '---:|').join('')}---:|---:|---:|`,
      ...evaluations.map(
        (one) =>
          `| ${cell(one.name)} | ${one.records} | ${CLONE_KINDS.map((kind) => one.byKind[kind]).join(' | ')} | ${one.trainRecords} | ${percent(one.trainRecords, train.records)} | ${one.evaluationRecords} |`,
      ),
      '',
      'A training record is counted once per set, under its strictest match:',
      '',
      ...CLONE_KINDS.map(
        (kind) => `- **${kind}**: ${MEANING[kind]}${kind === 'near' ? `, here ${threshold}` : ''}`,
      ),
      '',
      'What this does not see: the same weakness written anew, and copies of fewer than about 25 lexemes beyond exact and layout matches.',
    );
  }
  if (leaks.length > 0) {
    lines.push(
      '',
      `## Matches${leaks.length > LISTED ? ` (the first ${LISTED} of ${leaks.length})` : ''}`,
      '',
      '| training record | side | evaluation set | record | side | kind | similarity |',
      '|---|---|---|---|---|---|---:|',
      ...leaks
        .slice(0, LISTED)
        .map(
          (leak) =>
            `| ${cell(leak.trainId)} | ${leak.trainSide} | ${cell(leak.evaluation)} | ${cell(leak.evaluationId)} | ${leak.evaluationSide} | ${leak.kind} | ${leak.similarity.toFixed(2)} |`,
        ),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** One line per evaluation set, for a terminal. */
export const describeOverlaps = ({ evaluations, train }: LeakReport): string[] =>
  evaluations.map((one) => {
    const kinds = CLONE_KINDS.map((kind) => `${kind} ${one.byKind[kind]}`).join(', ');
    return `${one.name}: ${one.trainRecords} of ${train.records} training records match ${one.evaluationRecords} of ${one.records} (${kinds})`;
  });

const cell = (text: string): string => text.replace(/[|\n\r]/g, ' ').slice(0, 120);

const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(2)}%`;
