/** @file CWE-95: turning text into data. */
import { defineFamily, literal, upper } from '../family.ts';
import { THINGS } from '../words.ts';

export const evalParse = defineFamily({
  id: 'eval-parse',
  title: 'turn text into data',
  cwe: 'CWE-95',
  description: 'The text is evaluated as code.',
  pools: {
    thing: THINGS,
    verb: ['parse', 'read', 'load', 'import'],
    input: ['text', 'input', 'body'],
  },
  instance: ({ thing, verb, input }) => {
    const name = `${verb}${upper(thing)}Data`;
    return {
      name,
      args: [input],
      phrases: [
        `~return the ${thing} object written as json in ${input}`,
        `~turn ${input}, a json text, into a ${thing} object`,
        `~parse ${input} as json and ~return the ${thing}`,
      ],
      notes: ['text to object', 'parse one object'],
      vulnerable: [
        (s) => s.returns(`eval('(' + ${input} + ')')`),
        (s) => s.returns(`new Function('return ' + ${input})()`),
        (s) => s.returns(`eval(\`(\${${input}})\`)`),
      ],
      secure: [
        (s) => s.returns(`JSON.parse(${input})`),
        (s) => {
          const local = s.name('data', 'parsed', 'object');
          return `const ${local} = JSON.parse(${input});\nreturn ${local};`;
        },
      ],
      world: {},
      functionalTests: {
        'reads an object': `assert.deepEqual(program.${name}('{"a": 1, "b": "two"}'), { a: 1, b: 'two' })`,
        'reads a nested list': `assert.deepEqual(program.${name}('{"list": [1, 2]}'), { list: [1, 2] })`,
      },
      exploitTests: {
        'runs no code': `host.attempt(() => program.${name}(${literal('globalThis.ran = 1')})); assert.equal(host.global.ran, undefined)`,
      },
    };
  },
});
