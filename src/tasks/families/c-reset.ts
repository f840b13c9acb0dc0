/** @file CWE-415 in C: giving back what a structure holds; it may be reset twice. */
import { defineFamily } from '../family.ts';
import { THINGS } from '../words.ts';

export const cReset = defineFamily({
  id: 'c-reset',
  title: 'reset a structure (C)',
  cwe: 'CWE-415',
  language: 'c',
  description: 'A second reset frees the same memory again.',
  pools: {
    thing: THINGS,
    field: ['data', 'name', 'text', 'body'],
    verb: ['reset', 'clear', 'close'],
  },
  instance: ({ thing, field, verb }) => {
    const type = `struct ${thing}`;
    const name = `${verb}_${thing}`;
    const setup = `#include <stdlib.h>\nint main(void) { ${type} one = { malloc(8), 8 }; ${name}(&one); `;
    return {
      name,
      args: [`${type} *it`],
      returns: 'void',
      declarations: `${type} {\n    char *${field};\n    int length;\n};`,
      phrases: [
        `~free the ${field} of it and ~set the length to 0`,
        `~release the ${field} that it holds; its length becomes 0`,
        `~give the ${field} of the ${thing} back and ~set its length to 0`,
      ],
      notes: ['may be used again'],
      vulnerable: [
        () => `free(it->${field});\nit->length = 0;`,
        () => `it->length = 0;\nfree(it->${field});`,
      ],
      secure: [
        () => `free(it->${field});\nit->${field} = NULL;\nit->length = 0;`,
        () => `it->length = 0;\nfree(it->${field});\nit->${field} = NULL;`,
      ],
      world: {},
      functionalTests: { 'sets the length': `${setup}return one.length != 0; }` },
      exploitTests: { 'twice is like once': `${setup}${name}(&one); return one.length != 0; }` },
    };
  },
});
