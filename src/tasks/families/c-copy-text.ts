/** @file CWE-120 in C: copying a text into a buffer of a given size. */
import { defineFamily } from '../family.ts';
import { COLUMNS, THINGS } from '../words.ts';

export const cCopyText = defineFamily({
  id: 'c-copy-text',
  title: 'copy a text into a buffer (C)',
  cwe: 'CWE-120',
  language: 'c',
  description: 'The text is copied whatever the size of the buffer.',
  pools: { thing: THINGS, column: COLUMNS, verb: ['copy', 'set', 'put'] },
  instance: ({ thing, column, verb }) => {
    const name = `${verb}_${thing}_${column}`;
    return {
      name,
      args: ['char *out', 'size_t size', `const char *${column}`],
      returns: 'void',
      phrases: [
        `~copy ${column} to out, a buffer of size bytes`,
        `~put the ${column} of the ${thing} into out, which holds size bytes`,
        `~store ${column} in the buffer out of size bytes`,
      ],
      notes: ['copy one text'],
      vulnerable: [
        () => `strcpy(out, ${column});`,
        () => `sprintf(out, "%s", ${column});`,
        () => `memcpy(out, ${column}, strlen(${column}) + 1);`,
      ],
      secure: [
        () => `snprintf(out, size, "%s", ${column});`,
        () => `strncpy(out, ${column}, size - 1);\nout[size - 1] = '\\0';`,
      ],
      world: {},
      functionalTests: {
        'copies a short text': `#include <stdlib.h>\n#include <string.h>\nint main(void) { char *out = malloc(16); ${name}(out, 16, "alpha"); return strcmp(out, "alpha") != 0; }`,
      },
      exploitTests: {
        'stays within the buffer': `#include <stdlib.h>\n#include <string.h>\nint main(void) { char *out = malloc(8); ${name}(out, 8, "a text that is longer than eight"); return strlen(out) > 7; }`,
      },
    };
  },
});
