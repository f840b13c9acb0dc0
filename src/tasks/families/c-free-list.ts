/** @file CWE-416 in C: freeing a linked list and counting what was freed. */
import { defineFamily } from '../family.ts';
import { plural, THINGS } from '../words.ts';

export const cFreeList = defineFamily({
  id: 'c-free-list',
  title: 'free a linked list (C)',
  cwe: 'CWE-416',
  language: 'c',
  description: 'The next pointer is read from memory that was freed.',
  pools: {
    thing: THINGS,
    verb: ['free', 'drop', 'clear'],
    local: ['node', 'item', 'entry', 'current'],
  },
  instance: ({ thing, verb, local }) => {
    const type = `struct ${thing}`;
    const name = `${verb}_${plural(thing)}`;
    const setup = `#include <stdlib.h>\nstatic ${type} *add(${type} *next) { ${type} *made = malloc(sizeof(*made)); made->id = 1; made->next = next; return made; }\n`;
    return {
      name,
      args: [`${type} *first`],
      returns: 'int',
      declarations: `${type} {\n    int id;\n    ${type} *next;\n};`,
      phrases: [
        `~free the list that begins with first and ~return how many items it had`,
        `~free every ${thing} from first on and ~return their number`,
        `~release all items of the list first and ~count them`,
      ],
      notes: ['number of items freed'],
      vulnerable: [
        () =>
          `int count = 0;\nfor (${type} *${local} = first; ${local} != NULL; ${local} = ${local}->next) {\n    free(${local});\n    count++;\n}\nreturn count;`,
        () =>
          `int count = 0;\nwhile (first != NULL) {\n    free(first);\n    first = first->next;\n    count++;\n}\nreturn count;`,
      ],
      secure: [
        () =>
          `int count = 0;\nwhile (first != NULL) {\n    ${type} *${local} = first->next;\n    free(first);\n    first = ${local};\n    count++;\n}\nreturn count;`,
        () =>
          `int count = 0;\nfor (${type} *${local} = first, *next; ${local} != NULL; ${local} = next) {\n    next = ${local}->next;\n    free(${local});\n    count++;\n}\nreturn count;`,
      ],
      world: {},
      functionalTests: {
        'an empty list': `${setup}int main(void) { return ${name}(NULL) != 0; }`,
      },
      exploitTests: {
        'reads nothing that was freed': `${setup}int main(void) { return ${name}(add(add(add(NULL)))) != 3; }`,
      },
    };
  },
});
