/** @file CWE-476 in C: the part of a text behind a separator. */
import { defineFamily } from '../family.ts';
import { THINGS } from '../words.ts';

export const cValueOf = defineFamily({
  id: 'c-value-of',
  title: 'the part behind a separator (C)',
  cwe: 'CWE-476',
  language: 'c',
  description: 'A text without the separator makes it use a null pointer.',
  pools: { thing: THINGS, separator: ['=', ':', ',', '/', '@'], input: ['text', 'line', 'entry'] },
  instance: ({ thing, separator, input }) => {
    const name = `${thing}_value`;
    return {
      name,
      args: [`const char *${input}`],
      returns: 'size_t',
      phrases: [
        `~return the length of the part of ${input} behind the first '${separator}', 0 if there is none`,
        `~measure what follows the first '${separator}' in ${input}, or 0`,
        `~count the characters of ${input} after the first '${separator}', else 0`,
      ],
      notes: ['length of the value'],
      vulnerable: [
        () => `const char *mark = strchr(${input}, '${separator}');\nreturn strlen(mark + 1);`,
        () => `return strlen(strchr(${input}, '${separator}') + 1);`,
      ],
      secure: [
        () =>
          `const char *mark = strchr(${input}, '${separator}');\nif (mark == NULL) {\n    return 0;\n}\nreturn strlen(mark + 1);`,
        () =>
          `const char *mark = strchr(${input}, '${separator}');\nreturn mark ? strlen(mark + 1) : 0;`,
      ],
      world: {},
      functionalTests: {
        'measures the value': `int main(void) { return ${name}("key${separator}alpha") != 5 || ${name}("key${separator}") != 0; }`,
      },
      exploitTests: {
        'a text without a separator': `int main(void) { return ${name}("nothing here") != 0; }`,
      },
    };
  },
});
