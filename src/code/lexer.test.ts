import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Language } from '../data/vulnerable-function.ts';
import { languageSchema } from '../data/vulnerable-function.ts';
import { detectLanguage } from './languages.ts';
import { lexemesOf } from './lexer.ts';

const texts = (language: Language, code: string): string[] =>
  lexemesOf(language, code).map((lexeme) => lexeme.text);
const kinds = (language: Language, code: string): string[] =>
  lexemesOf(language, code).map((lexeme) => `${lexeme.kind}:${lexeme.text}`);

describe('lexemesOf', () => {
  it('covers any text of any language: ascending ranges, true texts, only white space between', () => {
    const awkward = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc
        .array(
          fc.constantFrom(
            '`',
            '${',
            '}',
            '"',
            "'",
            '"""',
            '/*',
            '*/',
            '//',
            '#',
            '\\',
            '\n',
            '\r\n',
            '/',
            '[',
            ']',
            'R"x(',
            ')x"',
            'f"',
            "rb'",
            'é',
            '😀',
            'a1',
            '0x1F',
            '1e-5',
            '.',
            '<<<A\n',
            '\nA;',
            ' ',
            '@"',
          ),
          { maxLength: 30 },
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(fc.constantFrom(...languageSchema.options), awkward, (language, code) => {
        let at = 0;
        for (const lexeme of lexemesOf(language, code)) {
          expect(lexeme.start).toBeGreaterThanOrEqual(at);
          expect(lexeme.end).toBeGreaterThan(lexeme.start);
          expect(code.slice(at, lexeme.start).trim()).toBe('');
          expect(code.slice(lexeme.start, lexeme.end)).toBe(lexeme.text);
          at = lexeme.end;
        }
        expect(code.slice(at).trim()).toBe('');
      }),
      { numRuns: 500 },
    );
  });

  it('reads directives, raw strings, prefixes and continuations of C and C++', () => {
    expect(kinds('c', '#include <a b.h> // x\n# define A(x) \\\n (x)')).toEqual([
      'directive:#include',
      'string:<a b.h>',
      'comment:// x',
      'directive:# define',
      'identifier:A',
      'operator:(',
      'identifier:x',
      'operator:)',
      'other:\\',
      'operator:(',
      'identifier:x',
      'operator:)',
    ]);
    expect(texts('cpp', 'auto s = R"q(a)" b)q" L"w" u8\'c\';')).toEqual([
      'auto',
      's',
      '=',
      'R"q(a)" b)q"',
      'L"w"',
      "u8'c'",
      ';',
    ]);
    expect(texts('c', "x->y >>= 0x1fUL + 1'000 - 1e-5f;// a \\\n still")).toEqual([
      'x',
      '->',
      'y',
      '>>=',
      '0x1fUL',
      '+',
      "1'000",
      '-',
      '1e-5f',
      ';',
      '// a \\\n still',
    ]);
  });

  it('reads strings of Python with prefixes and triple quotes', () => {
    expect(kinds('python', "x = rb'a\\'b' + f\"{y}\" # c\n'''a\n'b' '''\nnot // rx")).toEqual([
      'identifier:x',
      'operator:=',
      "string:rb'a\\'b'",
      'operator:+',
      'string:f"{y}"',
      'comment:# c',
      "string:'''a\n'b' '''",
      'keyword:not',
      'operator://',
      'identifier:rx',
    ]);
  });

  it('splits JavaScript templates at substitutions and tells regular expressions from division', () => {
    expect(texts('javascript', '`a${ {b:`c${d}`} }e${f}`/2')).toEqual([
      '`a${',
      '{',
      'b',
      ':',
      '`c${',
      'd',
      '}`',
      '}',
      '}e${',
      'f',
      '}`',
      '/',
      '2',
    ]);
    expect(kinds('javascript', 'return /[/"]\\//gi.test(a / b / c)')).toEqual([
      'keyword:return',
      'string:/[/"]\\//gi',
      'operator:.',
      'identifier:test',
      'operator:(',
      'identifier:a',
      'operator:/',
      'identifier:b',
      'operator:/',
      'identifier:c',
      'operator:)',
    ]);
  });

  it('reads raw strings of Go, text blocks of Java, variables and here-documents of PHP', () => {
    expect(texts('go', 'a := `x\\`+"y"')).toEqual(['a', ':=', '`x\\`', '+', '"y"']);
    expect(texts('java', 'var a = """\n "b" """;')).toEqual([
      'var',
      'a',
      '=',
      '"""\n "b" """',
      ';',
    ]);
    expect(texts('php', '$a = <<<EOT\nhi $b\nEOT; # c')).toEqual([
      '$a',
      '=',
      '<<<EOT\nhi $b\nEOT',
      ';',
      '# c',
    ]);
  });

  // Quadratic work on these would run into the test's own time limit, many times over.
  it('gets through texts made to be slow', () => {
    for (const piece of ['/[', '`${', '"""', "'", '/*', 'R"(', '\\', '<<<A\n', '#'])
      for (const language of ['javascript', 'cpp', 'python', 'php'] as const)
        expect(lexemesOf(language, piece.repeat(30_000)).length).toBeGreaterThan(0);
  });
});

describe('detectLanguage', () => {
  it('goes by the file name first, and by hints in the text otherwise', () => {
    expect(detectLanguage('anything', 'a/b.tsx')).toBe('typescript');
    expect(detectLanguage('class A { std::string x; };', 'a.h')).toBe('cpp');
    expect(detectLanguage('int f(char *p) { return p->x; }')).toBe('c');
    expect(detectLanguage('void A::f() { std::string x; }')).toBe('cpp');
    expect(detectLanguage('def f(x):\n    return x\n')).toBe('python');
    expect(detectLanguage('const a = require("b");\nfunction c() {}')).toBe('javascript');
    expect(detectLanguage('function f(a: string): void {}')).toBe('typescript');
    expect(detectLanguage('func f(a int) error {\n x := 1\n}')).toBe('go');
    expect(detectLanguage('public static void main(String[] a) { }')).toBe('java');
    expect(detectLanguage('<?php echo $x;')).toBe('php');
    expect(detectLanguage('fn main() { let mut x = 1; }')).toBe('rust');
    expect(detectLanguage('')).toBe('unknown');
  });
});
