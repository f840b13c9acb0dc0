/**
 * @file Bad pairs of the kind that would fool a reader in a hurry: dead checks, true conditions, a line moved or doubled, a
 * text reworded, the lines of somebody else's fix, the fix's check turned round or put behind what it should protect.
 * The last two still look like the fix; without a model little tells them apart, and they are reported without a goal.
 */
import { diffSequences } from '../../../code/diff.ts';
import { lexerFamily } from '../../../code/languages.ts';
import { lexemesOf } from '../../../code/lexer.ts';
import { localNames } from '../../../code/local-names.ts';
import { bodyStart, spliced } from './places.ts';
import type { SubtlePlace } from './planting-subtle.ts';

export const TRICK_KINDS = [
  'dead-check',
  'true-condition',
  'moved-line',
  'doubled-line',
  'reworded-text',
  'foreign-lines',
  'check-inverted',
  'check-behind-use',
] as const;
export type TrickKind = (typeof TRICK_KINDS)[number];

/** The planted fix, or undefined where this function offers no place for it. */
export function plantTrick(kind: TrickKind, place: SubtlePlace): string | undefined {
  switch (kind) {
    case 'dead-check':
      return withStatement(place, deadChecks(place));
    case 'true-condition':
      return inTrueCondition(place);
    case 'moved-line':
      return withLines(place, ([first, second]) => [second, first]);
    case 'doubled-line':
      return withLines(place, ([first, second]) => [first, first, second]);
    case 'reworded-text':
      return reworded(place);
    case 'foreign-lines':
      return foreignLines(place);
    case 'check-inverted':
      return checkInverted(place);
    case 'check-behind-use':
      return checkBehindUse(place);
  }
}

const isPython = ({ record }: SubtlePlace): boolean => lexerFamily(record.language) === 'python';

/** Checks that never hold. */
function deadChecks({ record, random }: SubtlePlace): string[] {
  const names = [...localNames(record.language, lexemesOf(record.language, record.code))];
  const name = names.length === 0 ? '1' : random.pick(names);
  return lexerFamily(record.language) === 'python'
    ? [
        'if False: return None',
        `if ${name} != ${name}: return None`,
        `if ${name} and False: raise ValueError("bad input")`,
      ]
    : [
        'if (0) return;',
        `if (${name} != ${name}) return;`,
        `if (${name} && 0) return;`,
        'if (1 == 2) { return; }',
      ];
}

function withStatement(place: SubtlePlace, statements: readonly string[]): string | undefined {
  const { record, random } = place;
  const statement = random.pick(statements);
  if (isPython(place)) {
    const head = bodyLine(place);
    if (head === undefined) return undefined;
    const { lines, at, indent } = head;
    return [...lines.slice(0, at), indent + statement, ...lines.slice(at)].join('\n');
  }
  const open = bodyStart(record);
  return open < 0
    ? undefined
    : `${record.code.slice(0, open + 1)}\n    ${statement}${record.code.slice(open + 1)}`;
}

/** Python: the first line of the body. */
function bodyLine({
  record,
}: SubtlePlace): { lines: string[]; at: number; indent: string } | undefined {
  const lines = record.code.split('\n');
  const head = lines.findIndex((line) => /^\s*(?:async )?def .*:\s*(?:#.*)?$/.test(line));
  const indent = /^\s*/.exec(lines[head + 1] ?? '')![0];
  return head < 0 || indent === '' || /["']{3}/.test(record.code)
    ? undefined
    : { lines, at: head + 1, indent };
}

/** The whole body under a condition that always holds. */
function inTrueCondition(place: SubtlePlace): string | undefined {
  const { record, random } = place;
  if (isPython(place)) {
    const head = bodyLine(place);
    if (head === undefined) return undefined;
    const body = head.lines
      .slice(head.at)
      .map((line) => (line.trim() === '' ? line : `    ${line}`));
    const condition = random.pick(['if True:', 'if 1 == 1:']);
    return [...head.lines.slice(0, head.at), head.indent + condition, ...body].join('\n');
  }
  const open = bodyStart(record);
  const close = record.code.lastIndexOf('}');
  if (open < 0 || close - open < 60) return undefined;
  const condition = random.pick(['if (1)', 'if (1 == 1)', 'do']);
  const end = condition === 'do' ? '} while (0);' : '}';
  return `${record.code.slice(0, open + 1)}\n    ${condition} {${record.code.slice(open + 1, close)}${end}\n${record.code.slice(close)}`;
}

/** Two neighbouring plain statements, each on a line of its own. */
function withLines(
  place: SubtlePlace,
  change: (pair: readonly [string, string]) => readonly string[],
): string | undefined {
  const { record, random } = place;
  const lines = record.code.split('\n');
  const indentOf = (line: string): string => /^\s*/.exec(line)![0];
  const isPlain = (line: string): boolean =>
    isPython(place)
      ? /^\s+[\w.]+ = [^({[\\"']*$/.test(line) || /^\s+[\w.]+\([^()"']*\)$/.test(line)
      : /^\s+[^\s(){}#/*"'][^{}#:"']*;\s*$/.test(line) &&
        !/^\s+(?:return|goto|break|else)\b/.test(line);
  const places = lines.flatMap((line, i) => {
    const next = lines[i + 1] ?? '';
    const fits = isPlain(line) && isPlain(next) && indentOf(line) === indentOf(next);
    return fits && line.trim() !== next.trim() ? [i] : [];
  });
  if (places.length === 0) return undefined;
  const at = random.pick(places);
  return [
    ...lines.slice(0, at),
    ...change([lines[at]!, lines[at + 1]!]),
    ...lines.slice(at + 2),
  ].join('\n');
}

/** One text says it in other words. */
function reworded({ record, random }: SubtlePlace): string | undefined {
  const texts = lexemesOf(record.language, record.code).filter(
    ({ kind, text }) => kind === 'string' && /^["'][A-Za-z][A-Za-z ,.]{5,}["']$/.test(text),
  );
  if (texts.length === 0) return undefined;
  const { text } = random.pick(texts);
  const place = texts.find((lexeme) => lexeme.text === text)!;
  return spliced(record.code, [place], `${text.slice(0, -1)} (checked)${text.at(-1)!}`);
}

/** The lines that another function's fix adds, put into this one. */
function foreignLines(place: SubtlePlace): string | undefined {
  const { record, others, random } = place;
  const donors = others.filter(
    (other) =>
      other.id !== record.id &&
      other.language === record.language &&
      other.source?.project !== record.source?.project,
  );
  for (let attempt = 0; attempt < 8 && donors.length > 0; attempt++) {
    const donor = random.pick(donors);
    const added = addedLines(donor.code, donor.upstreamFix ?? donor.code);
    if (added === undefined || added.length > 6) continue;
    const open = (added.join('\n').match(/\{/g) ?? []).length;
    if (open !== (added.join('\n').match(/\}/g) ?? []).length) continue;
    if (isPython(place)) {
      const head = bodyLine(place);
      if (head === undefined) return undefined;
      const own = /^\s*/.exec(added[0]!)![0];
      const moved = added.map(
        (line) => head.indent + (line.startsWith(own) ? line.slice(own.length) : line.trim()),
      );
      return [...head.lines.slice(0, head.at), ...moved, ...head.lines.slice(head.at)].join('\n');
    }
    const at = bodyStart(record);
    return at < 0
      ? undefined
      : `${record.code.slice(0, at + 1)}\n${added.join('\n')}${record.code.slice(at + 1)}`;
  }
  return undefined;
}

/** The one block of lines that a fix adds, if it does nothing else. */
function addedLines(code: string, fix: string): string[] | undefined {
  const young = fix.split('\n');
  const hunks = diffSequences(code.split('\n'), young);
  const [only] = hunks;
  if (only === undefined || hunks.length > 1 || only.before.end > only.before.start)
    return undefined;
  return young.slice(only.after.start, only.after.end);
}

const INVERTED: Readonly<Record<string, string>> = {
  '<': '>=',
  '>': '<=',
  '<=': '>',
  '>=': '<',
  '==': '!=',
  '!=': '==',
  '===': '!==',
  '!==': '===',
};

/** The fix with the first comparison that it adds turned round. */
function checkInverted({ record, fix }: SubtlePlace): string | undefined {
  const { language, code } = record;
  const was = lexemesOf(language, code);
  const is = lexemesOf(language, fix);
  for (const { after } of diffSequences(
    was.map(({ text }) => text),
    is.map(({ text }) => text),
  ))
    for (let i = after.start; i < after.end; i++) {
      const turned = INVERTED[is[i]!.text];
      if (turned !== undefined && is[i]!.kind === 'operator') return spliced(fix, [is[i]!], turned);
    }
  return undefined;
}

/** The block that the fix adds, put before the last line of the body instead. */
function checkBehindUse(place: SubtlePlace): string | undefined {
  const { record, fix } = place;
  if (isPython(place)) return undefined;
  const added = addedLines(record.code, fix);
  if (added === undefined || !/\bif\b/.test(added.join(' '))) return undefined;
  const lines = record.code.split('\n');
  let last = lines.length - 1;
  while (last > 0 && !/^\s*\}/.test(lines[last]!)) last--;
  if (/^\s+return\b/.test(lines[last - 1] ?? '')) last--;
  return [...lines.slice(0, last), ...added, ...lines.slice(last)].join('\n');
}
