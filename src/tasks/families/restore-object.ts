/** @file CWE-502: restoring an object from base64 text. */
import { defineFamily, literal, upper } from '../family.ts';
import { THINGS } from '../words.ts';

export const restoreObject = defineFamily({
  id: 'restore-object',
  title: 'restore an object from base64 text',
  cwe: 'CWE-502',
  description: 'A deserializer that revives functions runs code hidden in the text.',
  pools: {
    thing: THINGS,
    verb: ['restore', 'decode', 'unpack'],
    input: ['cookie', 'token', 'blob', 'packed'],
  },
  instance: ({ thing, verb, input }) => {
    const name = `${verb}${upper(thing)}`;
    const plain = `Buffer.from(${input}, 'base64').toString()`;
    const attack = Buffer.from(
      JSON.stringify({ x: '_$$ND_FUNC$$_function () { globalThis.ran = 1; }()' }),
    ).toString('base64');
    const direct = Buffer.from('(globalThis.ran = 1)').toString('base64');
    return {
      name,
      args: [input],
      phrases: [
        `~restore the ${thing} object from base64 text in ${input}`,
        `~decode the base64 ${input} and ~return the ${thing} object in it`,
        `~return the ${thing} object stored in the base64 ${input}`,
      ],
      notes: ['base64 to object', 'restore one object'],
      vulnerable: [
        (s) => {
          const text = s.name('text', 'json', 'raw');
          return `const ${text} = ${plain};\nreturn @node-serialize.unserialize(${text});`;
        },
        (s) => {
          const text = s.name('text', 'json', 'raw');
          return `const ${text} = ${plain};\nreturn @serialize-to-js.deserialize(${text});`;
        },
      ],
      secure: [
        (s) => {
          const text = s.name('text', 'json', 'raw');
          return `const ${text} = ${plain};\nreturn JSON.parse(${text});`;
        },
        () => `return JSON.parse(${plain});`,
      ],
      world: {},
      functionalTests: {
        'restores an object': `assert.deepEqual(program.${name}(${literal(Buffer.from('{"id":7,"tags":["a"]}').toString('base64'))}), { id: 7, tags: ['a'] })`,
      },
      exploitTests: {
        'runs no code': `host.attempt(() => program.${name}(${literal(attack)})); host.attempt(() => program.${name}(${literal(direct)})); assert.equal(host.global.ran, undefined)`,
      },
    };
  },
});
