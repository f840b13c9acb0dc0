/** @file One record's story in words: where it came from, every verdict, the gates, and both versions with their spans marked. */
import type { Span } from '../../data/repair-pair.ts';
import type { Story } from './read-build.ts';

export function describeStory(story: Story): string[] {
  const { function: record } = story;
  const source = record?.source;
  return [
    `${story.id}: ${story.reason === undefined ? 'kept' : `rejected, ${story.reason}`}`,
    ...(story.detail === undefined ? [] : [`  ${story.detail}`]),
    ...(story.confidence === undefined ? [] : [`  confidence ${story.confidence.toFixed(2)}`]),
    ...(record === undefined
      ? []
      : [
          `  ${record.language}, ${record.cwe.join(', ') || 'no CWE'}${record.cve === undefined ? '' : `, ${record.cve}`}`,
        ]),
    ...(source === undefined
      ? []
      : [
          `  from ${[source.dataset, source.project, source.file, source.commit].filter(Boolean).join(' | ')}`,
        ]),
    ...(record?.description === undefined ? [] : [`  the record says: ${record.description}`]),
    ...(story.raw === undefined ? [] : ['', 'the line as it came', story.raw]),
    ...(story.reflection.length === 0 ? [] : ['', 'reflection']),
    ...story.reflection.map(describeStep),
    ...(story.gates.length === 0 ? [] : ['', 'gates']),
    ...story.gates.map(
      (gate) =>
        `  ${gate.passed ? 'ok    ' : 'FAILED'} ${gate.gate}${gate.detail === '' ? '' : `: ${gate.detail}`}`,
    ),
    ...versions(story),
    ...(story.prompts.length === 0 ? [] : ['', 'prompts']),
    ...story.prompts.flatMap((prompt) => [`  [${prompt.style}]`, ...indent(prompt.text)]),
  ];
}

const indent = (text: string): string[] => text.split('\n').map((line) => `    ${line}`);

export function describeStep({
  step,
  teacher,
  model,
  verdict,
}: Story['reflection'][number]): string {
  const said = Object.entries(verdict)
    .filter(
      ([key, value]) =>
        key !== 'fixedCode' && key !== 'revision' && value !== null && !isEmpty(value),
    )
    .map(([key, value]) => `${key}: ${textOf(value)}`);
  return `  ${step.padEnd(8)}${teacher === 'none' ? '' : `(${teacher}${model === 'none' ? '' : ` ${model}`}) `}${said.join('; ')}`;
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((item) => textOf(item)).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function versions(story: Story): string[] {
  const { function: record, spans } = story;
  if (record === undefined) return [];
  const fixed = story.fixedCode ?? record.upstreamFix;
  return [
    '',
    'vulnerable',
    ...indent(markSpans(record.code, spans?.vulnerable ?? [], '[-', '-]')),
    ...(fixed === undefined
      ? []
      : [
          '',
          `fixed (${story.origin ?? 'candidate'})`,
          ...indent(markSpans(fixed, spans?.secure ?? [], '{+', '+}')),
        ]),
    ...(spans === undefined ? [] : ['', 'spans']),
    ...[...(spans?.vulnerable ?? []), ...(spans?.secure ?? [])].map(
      (span) => `  ${JSON.stringify(span.text)}: ${span.why}`,
    ),
  ];
}

/** Spans are in code points, as on disk. */
export function markSpans(
  code: string,
  spans: readonly Span[],
  open: string,
  close: string,
): string {
  const points = [...code];
  let out = '';
  let at = 0;
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    if (span.start < at) continue;
    out +=
      points.slice(at, span.start).join('') +
      open +
      points.slice(span.start, span.end).join('') +
      close;
    at = span.end;
  }
  return out + points.slice(at).join('');
}
