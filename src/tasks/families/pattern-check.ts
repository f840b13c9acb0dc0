/** @file CWE-1333: checking the shape of a text by a regular expression. */
import { defineFamily, upper } from '../family.ts';
import { THINGS } from '../words.ts';

/** what a word is made of | character class */
const KINDS = [
  'lower case letters|a-z',
  'digits|0-9',
  'letters|a-zA-Z',
  'upper case letters|A-Z',
  'letters and digits|a-zA-Z0-9',
  'hex digits|0-9a-f',
] as const;

/** what separates words | in a regular expression | as text */
const SEPARATORS = ['dashes|-|-', 'dots|\\.|.', 'commas|,|,', 'colons|:|:', 'spaces| | '] as const;

export const patternCheck = defineFamily({
  id: 'pattern-check',
  title: 'check the shape of a text',
  cwe: 'CWE-1333',
  description: 'Nested repetition makes the check take exponential time.',
  pools: { thing: THINGS, kind: KINDS, separator: SEPARATORS },
  instance: ({ thing, kind, separator }) => {
    const [words = '', letters = ''] = kind.split('|');
    const [separators = '', mark = '', plain = ''] = separator.split('|');
    const name = `is${upper(thing)}Code`;
    const one = letters.startsWith('a') ? 'abc' : letters.startsWith('A') ? 'ABC' : '123';
    return {
      name,
      args: ['text'],
      phrases: [
        `~return true when text is words of ${words} joined by ${separators}`,
        `~check that text holds only ${words} in words joined by ${separators}`,
        `~test whether text is ${words} with words joined by ${separators}`,
      ],
      notes: [`words joined by ${separators}`, 'true or false'],
      vulnerable: [
        (s) => s.returns(`/^([${letters}]+${mark}?)+$/.test(text)`),
        (s) => {
          const pattern = s.name('pattern', 'shape', 'format');
          return `const ${pattern} = /^([${letters}]+${mark}?)+$/;\nreturn ${pattern}.test(text);`;
        },
        (s) => s.returns(`/^(${mark}?[${letters}]+)+$/.test(text)`),
      ],
      secure: [
        (s) => s.returns(`/^[${letters}]+(${mark}[${letters}]+)*$/.test(text)`),
        (s) => {
          const pattern = s.name('pattern', 'shape', 'format');
          return `const ${pattern} = /^[${letters}]+(${mark}[${letters}]+)*$/;\nreturn ${pattern}.test(text);`;
        },
        (s) => s.returns(`text.split('${plain}').every((part) => /^[${letters}]+$/.test(part))`),
      ],
      world: {},
      functionalTests: {
        'accepts one word and several': `assert.equal(program.${name}('${one}'), true); assert.equal(program.${name}('${one}${plain}${one}'), true)`,
        'refuses others': `assert.equal(program.${name}('${one}!'), false); assert.equal(program.${name}(''), false)`,
      },
      exploitTests: {
        'answers quickly for a long text': `host.budget(20); assert.equal(program.${name}('${one[0]}'.repeat(60) + '!'), false)`,
      },
    };
  },
});
