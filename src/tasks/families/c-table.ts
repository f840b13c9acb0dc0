/** @file CWE-190 in C: room for a table of numbers. */
import { defineFamily } from '../family.ts';
import { plural, THINGS } from '../words.ts';

export const cTable = defineFamily({
  id: 'c-table',
  title: 'room for a table (C)',
  cwe: 'CWE-190',
  language: 'c',
  description: 'The product of rows and columns wraps around, so the table is too small.',
  pools: {
    thing: THINGS,
    names: ['rows columns', 'width height', 'count size'],
    verb: ['make', 'new', 'alloc', 'build'],
  },
  instance: ({ thing, names, verb }) => {
    const [a = '', b = ''] = names.split(' ');
    const name = `${verb}_${thing}_table`;
    const check = `if (${b} != 0 && ${a} > SIZE_MAX / sizeof(int) / ${b}) {\n    return NULL;\n}\n`;
    return {
      name,
      args: [`uint32_t ${a}`, `uint32_t ${b}`],
      returns: 'int *',
      phrases: [
        `~allocate a table of ${a} times ${b} ints, all zero, or ~return NULL`,
        `~return a new zeroed array of ${a} * ${b} ints, or NULL when there is no room`,
        `~make an int table for ${a} and ${b} of the ${plural(thing)}, set to zero, NULL without room`,
      ],
      notes: ['all zero'],
      vulnerable: [
        () =>
          `uint32_t total = ${a} * ${b} * sizeof(int);\nint *table = malloc(total);\nif (table != NULL) {\n    memset(table, 0, total);\n}\nreturn table;`,
        () => `uint32_t total = ${a} * ${b};\nreturn calloc(total, sizeof(int));`,
      ],
      secure: [
        () => `${check}return calloc((size_t)${a} * ${b}, sizeof(int));`,
        () =>
          `size_t total = (size_t)${a} * ${b};\nif (total > SIZE_MAX / sizeof(int)) {\n    return NULL;\n}\nreturn calloc(total, sizeof(int));`,
      ],
      world: {},
      functionalTests: {
        'a small table of zeros': `int main(void) { int *table = ${name}(3, 4); if (!table) return 1; for (int i = 0; i < 12; i++) if (table[i]) return 2; table[11] = 5; return 0; }`,
      },
      exploitTests: {
        'a huge table is whole or refused': `int main(void) { int *table = ${name}(4294967295u, 4294967295u); if (!table) return 0; table[2] = 1; return 0; }`,
      },
    };
  },
});
