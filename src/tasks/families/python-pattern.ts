/** @file CWE-1333 in Python: checking the shape of a text by a regular expression. */
import { defineFamily } from '../family.ts';
import { THINGS } from '../words.ts';

const KINDS = [
  'lower case letters|a-z|abc',
  'digits|0-9|123',
  'upper case letters|A-Z|ABC',
] as const;
const SEPARATORS = ['dashes|-|-', 'dots|\\.|.', 'commas|,|,', 'colons|:|:'] as const;

export const pythonPattern = defineFamily({
  id: 'python-pattern',
  title: 'check the shape of a text (Python)',
  cwe: 'CWE-1333',
  language: 'python',
  description: 'Nested repetition makes the check take exponential time.',
  pools: { thing: THINGS, kind: KINDS, separator: SEPARATORS },
  instance: ({ thing, kind, separator }) => {
    const [words = '', letters = '', one = ''] = kind.split('|');
    const [separators = '', mark = '', plain = ''] = separator.split('|');
    const name = `is_${thing}_code`;
    return {
      name,
      args: ['text'],
      phrases: [
        `~return True when text is words of ${words} joined by ${separators}`,
        `~check that text holds only ${words} in words joined by ${separators}`,
        `~test whether text is ${words} with words joined by ${separators}`,
      ],
      notes: [`words joined by ${separators}`],
      vulnerable: [
        (s) => s.returns(`@re.fullmatch(r'([${letters}]+${mark}?)+', text) is not None`),
        (s) => s.returns(`bool(@re.match(r'^(${mark}?[${letters}]+)+\\Z', text))`),
      ],
      secure: [
        (s) =>
          s.returns(`@re.fullmatch(r'[${letters}]+(${mark}[${letters}]+)*', text) is not None`),
        (s) =>
          s.returns(
            `all(@re.fullmatch(r'[${letters}]+', part) for part in text.split('${plain}'))`,
          ),
      ],
      world: {},
      functionalTests: {
        'accepts one word and several': `assert ${name}('${one}') == True\nassert ${name}('${one}${plain}${one}') == True`,
        'refuses others': `assert ${name}('${one}!') == False\nassert ${name}('') == False`,
      },
      exploitTests: {
        'answers quickly for a long text': `assert ${name}('${one[0]}' * 60 + '!') == False`,
      },
    };
  },
});
