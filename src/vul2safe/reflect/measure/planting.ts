/**
 * @file Bad pairs made from good ones, one kind of mistake each, to measure what the gates and the offline teacher let
 * pass. Seeded. Each kind has several forms, so that passing one form does not pass the kind.
 */
import { lexemesOf } from '../../../code/lexer.ts';
import { lexerFamily } from '../../../code/languages.ts';
import type { VulnerableFunction } from '../../../data/vulnerable-function.ts';
import { createRandom, type Random } from '../../../kernel/random.ts';
import { declaredNames } from '../../gates/renaming.ts';
import { bodyStart, spliced } from './places.ts';
import { plantSubtle, SUBTLE_KINDS, type SubtleKind } from './planting-subtle.ts';
import { plantTrick, TRICK_KINDS, type TrickKind } from './planting-tricks.ts';

export const PLANTED_KINDS = [
  'swapped',
  'unrelated',
  'deletion',
  'no-op',
  'new-weakness',
  ...SUBTLE_KINDS,
  ...TRICK_KINDS,
] as const;
export type PlantedKind = (typeof PLANTED_KINDS)[number];

/** The bad pair, or undefined where this function offers no place for it. `others` are functions of the same language. */
export function plant(
  kind: PlantedKind,
  record: VulnerableFunction,
  others: readonly VulnerableFunction[],
  seed: number,
): VulnerableFunction | undefined {
  const fix = record.upstreamFix;
  if (fix === undefined) return undefined;
  const random = createRandom('plant', seed, kind, record.id);
  const withFix = (
    code: string,
    upstreamFix: string | undefined,
  ): VulnerableFunction | undefined =>
    upstreamFix === undefined || upstreamFix === code
      ? undefined
      : { ...without(record), id: `${kind}:${record.id}`, code, upstreamFix };
  switch (kind) {
    case 'swapped':
      return withFix(fix, record.code);
    case 'unrelated': {
      const candidates = others.filter(
        (other) => other.id !== record.id && other.language === record.language,
      );
      return candidates.length === 0
        ? undefined
        : withFix(record.code, random.pick(candidates).upstreamFix);
    }
    case 'deletion':
      return withFix(record.code, deleteFeature(record, random));
    case 'no-op':
      return withFix(record.code, changeNothing(record, random));
    case 'new-weakness':
      return withFix(record.code, addWeakness(record, fix, random));
    default: {
      if (isTrick(kind))
        return withFix(record.code, plantTrick(kind, { record, fix, others, random }));
      const planted = plantSubtle(kind, { record, fix, others, random });
      return planted === undefined ? undefined : withFix(planted.code, planted.fix);
    }
  }
}

const isTrick = (kind: SubtleKind | TrickKind): kind is TrickKind =>
  (TRICK_KINDS as readonly string[]).includes(kind);

/** Marks belong to the original versions. */
function without(record: VulnerableFunction): VulnerableFunction {
  const { marks: _, ...rest } = record;
  return rest;
}

/** A stub that returns at once, or the same function without half of its statements. */
function deleteFeature(record: VulnerableFunction, random: Random): string | undefined {
  const { code, language } = record;
  const family = lexerFamily(language);
  if (family === 'python') {
    const lines = code.split('\n');
    const head = lines.findIndex((line) => /:\s*(?:#.*)?$/.test(line) && !/^\s*[@#]/.test(line));
    if (head < 0 || lines.length - head < 4) return undefined;
    const indent = /^\s*/.exec(lines[head + 1] ?? '')![0] || '    ';
    return [
      ...lines.slice(0, head + 1),
      `${indent}${random.pick(['pass', 'return None', 'raise NotImplementedError()'])}`,
    ].join('\n');
  }
  const open = bodyStart(record);
  const close = code.lastIndexOf('}');
  if (open < 0 || close - open < 60) return undefined;
  const body = code.slice(open + 1, close).split('\n');
  if (random.chance(0.5) || body.length < 8) {
    const stubs =
      family === 'javascript'
        ? ['return null;', 'return;', "throw new Error('not supported');"]
        : ['return 0;', 'return;'];
    return `${code.slice(0, open + 1)}\n    ${random.pick(stubs)}\n${code.slice(close)}`;
  }
  const kept = body.slice(0, Math.ceil(body.length / 2));
  const opened = balance(kept.join('\n'));
  return `${code.slice(0, open + 1)}${kept.join('\n')}\n${'}'.repeat(Math.max(0, opened))}${code.slice(close)}`;
}

const balance = (text: string): number =>
  (text.match(/\{/g)?.length ?? 0) - (text.match(/\}/g)?.length ?? 0);

/** A consistent rename, other layout, or a comment. */
function changeNothing(record: VulnerableFunction, random: Random): string | undefined {
  const { code, language } = record;
  const form = random.integer(3);
  if (form === 0) {
    const lexemes = lexemesOf(language, code).filter((lexeme) => lexeme.kind !== 'comment');
    const used = new Set(lexemes.map((lexeme) => lexeme.text));
    const names = [...declaredNames(lexemes, language)].filter(
      (name) => name.length > 1 && !used.has(`${name}_checked`),
    );
    // A name that is also a field or a label cannot be renamed by its text alone.
    const free = names.filter(
      (name) =>
        !lexemes.some(
          (l, i) => l.text === name && /^(?:\.|->|::|goto)$/.test(lexemes[i - 1]?.text ?? ''),
        ),
    );
    const old =
      free
        .filter((name) => lexemes.filter((lexeme) => lexeme.text === name).length > 1)
        .at(random.integer(3)) ?? free[0];
    if (old !== undefined && !(language === 'python' && code.includes(`${old}=`)))
      return spliced(
        code,
        lexemesOf(language, code).filter((l) => l.kind === 'identifier' && l.text === old),
        `${old}_checked`,
      );
  }
  const lines = code.split('\n');
  if (form === 1 && lexerFamily(language) !== 'python')
    return lines.map((line) => line.replace(/^(\s+)/, '$1$1')).join('\n\n');
  const comment =
    lexerFamily(language) === 'python' ? '# input is validated' : '/* input is validated */';
  const at = Math.max(1, Math.floor(lines.length / 2));
  const indent = /^\s*/.exec(lines[at] ?? '')![0];
  if (/\\$/.test(lines[at - 1] ?? '') || insideText(record, lines, at)) return undefined;
  return [...lines.slice(0, at), `${indent}${comment}`, ...lines.slice(at)].join('\n');
}

/** Whether line `at` begins inside a text of several lines. */
function insideText(
  { code, language }: VulnerableFunction,
  lines: readonly string[],
  at: number,
): boolean {
  const offset = lines.slice(0, at).join('\n').length + 1;
  return lexemesOf(language, code).some((lexeme) => lexeme.start < offset && lexeme.end > offset);
}

const WEAK_STATEMENTS: Readonly<Record<string, readonly string[]>> = {
  c: [
    'char tmpbuf[16]; strcpy(tmpbuf, NAME);',
    'system(NAME);',
    'sprintf(logbuf, "%s", NAME);',
    'gets(line);',
    'printf(NAME);',
    'chmod(NAME, 0777);',
    'execl("/bin/sh", "sh", "-c", NAME, NULL);',
    'strcat(path, NAME);',
  ],
  python: [
    'os.system("echo " + str(NAME))',
    'eval(str(NAME))',
    'subprocess.call("ls %s" % NAME, shell=True)',
    'pickle.loads(NAME)',
    'requests.get(NAME, verify=False)',
    'cursor.execute("SELECT * FROM t WHERE k = \'%s\'" % NAME)',
    'yaml.load(NAME)',
    'hashlib.md5(NAME).hexdigest()',
  ],
  javascript: [
    "require('child_process').exec('echo ' + NAME);",
    'eval(String(NAME));',
    'document.write(NAME);',
    "db.query('SELECT * FROM logs WHERE k = ' + NAME);",
    'element.innerHTML = NAME;',
    'new Function(NAME)();',
    "setTimeout('run(' + NAME + ')', 1);",
  ],
};

/** The real fix, with a dangerous statement at the head of the body. */
function addWeakness(record: VulnerableFunction, fix: string, random: Random): string | undefined {
  const family = lexerFamily(record.language);
  const statements = WEAK_STATEMENTS[family];
  if (statements === undefined) return undefined;
  const fixed = { ...record, code: fix };
  const names = [
    ...declaredNames(
      lexemesOf(record.language, fix).filter((l) => l.kind !== 'comment'),
      record.language,
    ),
  ];
  const statement = random.pick(statements).replace('NAME', names[1] ?? names[0] ?? 'data');
  if (family === 'python') {
    const lines = fix.split('\n');
    const head = lines.findIndex((line) => /^\s*(?:async )?def .*:\s*(?:#.*)?$/.test(line));
    if (head < 0) return undefined;
    const indent = /^\s*/.exec(lines[head + 1] ?? '')![0];
    return indent === ''
      ? undefined
      : [...lines.slice(0, head + 1), `${indent}${statement}`, ...lines.slice(head + 1)].join('\n');
  }
  const open = bodyStart(fixed);
  return open < 0 ? undefined : `${fix.slice(0, open + 1)}\n    ${statement}${fix.slice(open + 1)}`;
}
