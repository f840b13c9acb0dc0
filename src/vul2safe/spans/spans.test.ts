import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Range } from '../../data/offsets.ts';
import { trainTokenizer } from '../../tokenizer/train.ts';
import { joinClose } from './islands.ts';
import { securitySpans, type SpanRequest } from './security-spans.ts';
import { narrowToChange } from './string-change.ts';
import { tokenLabels } from './token-labels.ts';

const texts = (request: SpanRequest): { vulnerable: string[]; secure: string[] } => {
  const spans = securitySpans(request);
  for (const [side, text] of [
    [spans.vulnerable, request.vulnerable],
    [spans.secure, request.fixed],
  ] as const)
    for (const span of side) expect(text.slice(span.start, span.end)).toBe(span.text);
  return {
    vulnerable: spans.vulnerable.map((s) => s.text),
    secure: spans.secure.map((s) => s.text),
  };
};

describe('securitySpans', () => {
  it('names the inserted check as secure, whole, and nothing as vulnerable', () => {
    expect(
      texts({
        language: 'c',
        vulnerable: 'int f(char *p, int n) {\n  use(p);\n  return n;\n}',
        fixed:
          'int f(char *p, int n) {\n  if (!p || n < 0)\n    return -1; /* ! */\n  use(p);\n  return n;\n}',
      }),
    ).toEqual({ vulnerable: [], secure: ['if (!p || n < 0)\n    return -1;'] });
  });

  it('drops comments, layout, docstrings and consistent renames', () => {
    expect(
      texts({
        language: 'python',
        vulnerable: 'def f(cmd):\n    """Runs."""\n    os.system(cmd)\n',
        fixed: 'def f(command):\n    """Runs it safely."""\n    # safe\n    os.system( command )\n',
      }),
    ).toEqual({ vulnerable: [], secure: [] });
    expect(
      texts({
        language: 'c',
        vulnerable: 'int f(int a, int b) { return g(a); }',
        fixed: 'int f(int a, int b) { return g(b); }',
      }),
    ).toEqual({ vulnerable: ['a'], secure: ['b'] });
  });

  it('marks in a long changed string only what changed', () => {
    expect(
      texts({
        language: 'python',
        vulnerable:
          'cursor.execute("SELECT id, name, mail, street, city, country, telephone FROM users WHERE name = \'%s\'" % name)',
        fixed:
          'cursor.execute("SELECT id, name, mail, street, city, country, telephone FROM users WHERE name = ?", (name,))',
      }),
    ).toEqual({ vulnerable: ["'%s'", '% name'], secure: ['?', ', (name,)'] });
    expect(narrowToChange('"abc def"', '"xyz"')).toBeUndefined();
  });

  it('keeps only the changes a teacher quotes, unless no quote is found', () => {
    const request = {
      language: 'c',
      vulnerable: 'void f(char *d, char *s) {\n  log(1);\n  other();\n  strcpy(d, s);\n}',
      fixed: 'void f(char *d, char *s) {\n  log(2);\n  other();\n  strlcpy(d, s, 9);\n}',
    } as const;
    expect(texts(request).secure).toEqual(['2', 'strlcpy(d, s, 9']);
    expect(
      texts({ ...request, quotes: { vulnerable: ['strcpy(d,s)'], secure: ['strlcpy(d, s, 9);'] } }),
    ).toEqual({
      vulnerable: ['strcpy(d, s'],
      secure: ['strlcpy(d, s, 9'],
    });
    expect(
      texts({ ...request, quotes: { vulnerable: ['gets(x)'], secure: [] } }).secure,
    ).toHaveLength(2);
  });

  it('gives ascending disjoint ranges for any two texts', () => {
    const code = fc
      .array(fc.constantFrom('a', 'b(', ')', ';\n', '"x y"', ' ', 'if ', '/*c*/', '{', '}'), {
        maxLength: 30,
      })
      .map((p) => p.join(''));
    fc.assert(
      fc.property(code, code, (vulnerable, fixed) => {
        const spans = securitySpans({ language: 'javascript', vulnerable, fixed });
        for (const [side, text] of [
          [spans.vulnerable, vulnerable],
          [spans.secure, fixed],
        ] as const) {
          let at = 0;
          for (const span of side) {
            expect(span.start).toBeGreaterThanOrEqual(at);
            expect(span.end).toBeGreaterThan(span.start);
            expect(text.slice(span.start, span.end)).toBe(span.text);
            at = span.end;
          }
        }
      }),
    );
  });
});

describe('joinClose', () => {
  it('joins across an island that the changes outweigh, and no other', () => {
    const hunk = (start: number, end: number) => ({
      before: { start, end },
      after: { start, end },
    });
    const one = (): number => 1;
    expect(joinClose([hunk(0, 2), hunk(5, 7)], one, one)).toEqual([hunk(0, 7)]);
    expect(joinClose([hunk(0, 2), hunk(7, 9)], one, one)).toHaveLength(2);
  });
});

describe('tokenLabels', () => {
  const tokenizer = trainTokenizer(['if (é) { return 你好; } 👩'], {
    vocabularySize: 270,
    specialTokens: ['<|end|>'],
  });

  it('equals the overlap of characters counted one by one, split characters included', () => {
    const text = fc
      .array(fc.constantFrom('é', '你', '👩', 'if', ' ', '(', 'x', '\n'), {
        minLength: 1,
        maxLength: 30,
      })
      .map((p) => p.join(''));
    fc.assert(
      fc.property(text, fc.nat(40), fc.nat(10), (code, from, length) => {
        const { ids, ranges } = tokenizer.encode(code);
        // Spans begin and end between characters.
        const offsets = [0];
        for (const character of code) offsets.push(offsets.at(-1)! + character.length);
        const start = offsets[Math.min(from, offsets.length - 1)]!;
        const end = offsets[Math.min(from + length, offsets.length - 1)]!;
        const expected = bruteForce(code, ids, { start, end });
        expect(
          tokenLabels({ secure: [{ start, end }] }, ranges).map((l) => l === 'secure'),
        ).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  /** Byte by byte: a token is touched when one of its bytes belongs to a character in the span. */
  function bruteForce(code: string, ids: readonly number[], span: Range): boolean[] {
    const inSpan: boolean[] = [];
    let offset = 0;
    for (const character of code) {
      for (const _ of Buffer.from(character))
        inSpan.push(offset >= span.start && offset < span.end);
      offset += character.length;
    }
    let byte = 0;
    return ids.map((id) => {
      const length = tokenizer.bytesOf(id)!.length;
      const touched = inSpan.slice(byte, byte + length).includes(true);
      byte += length;
      return touched;
    });
  }

  it('lets vulnerable win where both touch one token', () => {
    expect(
      tokenLabels({ secure: [{ start: 0, end: 2 }], vulnerable: [{ start: 1, end: 2 }] }, [
        { start: 0, end: 1 },
        { start: 1, end: 3 },
        { start: 3, end: 4 },
      ]),
    ).toEqual(['secure', 'vulnerable', 'neutral']);
  });
});
