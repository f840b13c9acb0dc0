/** @file CWE-134 in C: writing a message into a buffer. */
import { defineFamily } from '../family.ts';
import { FIELDS, THINGS } from '../words.ts';

export const cFormat = defineFamily({
  id: 'c-format',
  title: 'write a message into a buffer (C)',
  cwe: 'CWE-134',
  language: 'c',
  description: 'The message is used as the format.',
  pools: { thing: THINGS, field: FIELDS, verb: ['format', 'print', 'show'] },
  instance: ({ thing, field, verb }) => {
    const name = `${verb}_${thing}_${field}`;
    const test = (text: string) =>
      `#include <stdlib.h>\n#include <string.h>\nint main(void) { char *out = malloc(64); int count = ${name}(out, 64, "${text}"); return strcmp(out, "${text}") != 0 || count != ${text.length}; }`;
    return {
      name,
      args: ['char *out', 'size_t size', `const char *${field}`],
      returns: 'int',
      phrases: [
        `~print ${field} to out, a buffer of size bytes, and ~return how many characters it has`,
        `~write ${field} with snprintf to out of size bytes and ~return the count`,
        `~put the ${field} into out, which holds size bytes, and ~return its length`,
      ],
      notes: ['number of characters'],
      vulnerable: [
        () => `return snprintf(out, size, ${field});`,
        () => `int count = snprintf(out, size, ${field});\nreturn count;`,
      ],
      secure: [
        () => `return snprintf(out, size, "%s", ${field});`,
        () => `int count = snprintf(out, size, "%s", ${field});\nreturn count;`,
      ],
      world: {},
      functionalTests: { 'writes a plain text': test('alpha beta') },
      exploitTests: { 'takes no format from the text': test('%d%x%s%s%s%n') },
    };
  },
});
