/** @file CWE-125 in C: one item of an array by index. */
import { defineFamily } from '../family.ts';
import { plural, THINGS } from '../words.ts';

export const cItemAt = defineFamily({
  id: 'c-item-at',
  title: 'one item by index (C)',
  cwe: 'CWE-125',
  language: 'c',
  description: 'A negative index reads before the array.',
  pools: {
    thing: THINGS,
    verb: ['get', 'pick', 'read'],
    index: ['index', 'at', 'place', 'position'],
  },
  instance: ({ thing, verb, index }) => {
    const things = plural(thing);
    const name = `${verb}_${thing}_at`;
    return {
      name,
      args: [`const int *${things}`, 'int count', `int ${index}`],
      returns: 'int',
      phrases: [
        `~return the item of ${things} at ${index}, or -1 when there is none; count is their number`,
        `~look up ${things}[${index}] among count items, -1 if there is no such item`,
        `~give back item ${index} of the count ${things}, or -1`,
      ],
      notes: ['-1 when there is none'],
      vulnerable: [
        () => `if (${index} >= count) {\n    return -1;\n}\nreturn ${things}[${index}];`,
        () => `return ${index} < count ? ${things}[${index}] : -1;`,
      ],
      secure: [
        () =>
          `if (${index} < 0 || ${index} >= count) {\n    return -1;\n}\nreturn ${things}[${index}];`,
        () => `return ${index} >= 0 && ${index} < count ? ${things}[${index}] : -1;`,
      ],
      world: {},
      functionalTests: {
        'finds items and misses beyond': `#include <stdlib.h>\nint main(void) { int *all = malloc(3 * sizeof(int)); all[0] = 7; all[1] = 8; all[2] = 9; return ${name}(all, 3, 0) != 7 || ${name}(all, 3, 2) != 9 || ${name}(all, 3, 3) != -1; }`,
      },
      exploitTests: {
        'nothing before the first': `#include <stdlib.h>\nint main(void) { int *all = malloc(3 * sizeof(int)); all[0] = 7; return ${name}(all, 3, -1) != -1; }`,
      },
    };
  },
});
