/** @file CWE-95 in Python: turning text into a list or dict. */
import { defineFamily, literal } from '../family.ts';
import { THINGS } from '../words.ts';

export const pythonLiteral = defineFamily({
  id: 'python-literal',
  title: 'turn text into data (Python)',
  cwe: 'CWE-95',
  language: 'python',
  description: 'The text is evaluated as code.',
  pools: {
    thing: THINGS,
    verb: ['parse', 'read', 'load', 'get'],
    input: ['text', 'line', 'value'],
  },
  instance: ({ thing, verb, input }) => {
    const name = `${verb}_${thing}_data`;
    return {
      name,
      args: [input],
      phrases: [
        `~return the list or dict written as a Python literal in ${input}`,
        `~turn ${input}, a Python literal, into a list or dict`,
        `~parse ${input} as a Python literal and ~return the ${thing} data`,
      ],
      notes: ['text to data'],
      vulnerable: [(s) => s.returns(`eval(${input})`), (s) => s.returns(`eval(${input}.strip())`)],
      secure: [
        (s) => s.returns(`@ast.literal_eval(${input})`),
        (s) => s.returns(`@ast.literal_eval(${input}.strip())`),
      ],
      world: {},
      functionalTests: {
        'reads a dict': `assert ${name}("{'a': 1, 'b': [2, 3]}") == {'a': 1, 'b': [2, 3]}`,
        'reads a list': `assert ${name}('[1, 2]') == [1, 2]`,
      },
      exploitTests: {
        'runs no code': `import os\ntry:\n    ${name}(${literal("__import__('os').mkdir('ran')")})\nexcept Exception:\n    pass\nassert not os.path.exists('ran')`,
      },
    };
  },
});
