/** @file CWE-369 in C: the average of some numbers. */
import { defineFamily } from '../family.ts';
import { plural, THINGS } from '../words.ts';

export const cAverage = defineFamily({
  id: 'c-average',
  title: 'the average of numbers (C)',
  cwe: 'CWE-369',
  language: 'c',
  heldOut: true,
  description: 'Without any number it divides by zero.',
  pools: {
    thing: THINGS,
    verb: ['average', 'mean', 'middle'],
    sum: ['sum', 'total', 'all', 'acc'],
  },
  instance: ({ thing, verb, sum }) => {
    const things = plural(thing);
    const name = `${verb}_${things}`;
    const add = `int ${sum} = 0;\nfor (int i = 0; i < count; i++) {\n    ${sum} += ${things}[i];\n}\n`;
    return {
      name,
      args: [`const int *${things}`, 'int count'],
      returns: 'int',
      phrases: [
        `~return the average of the count numbers in ${things} as int`,
        `~compute the int mean of ${things}, count numbers`,
        `~average the count ints of ${things}`,
      ],
      notes: ['rounded towards zero'],
      vulnerable: [
        () => `${add}return ${sum} / count;`,
        () => `${add}int result = ${sum} / count;\nreturn result;`,
      ],
      secure: [
        () => `${add}return count > 0 ? ${sum} / count : 0;`,
        () => `if (count == 0) {\n    return 0;\n}\n${add}return ${sum} / count;`,
      ],
      world: {},
      functionalTests: {
        'averages numbers': `int main(void) { int all[] = {2, 4, 9}; return ${name}(all, 3) != 5 || ${name}(all, 1) != 2; }`,
      },
      exploitTests: {
        'no number at all': `int main(void) { int all[] = {1}; ${name}(all, 0); return 0; }`,
      },
    };
  },
});
