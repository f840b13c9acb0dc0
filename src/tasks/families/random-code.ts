/** @file CWE-338: a random code of digits. */
import { defineFamily, upper } from '../family.ts';
import { THINGS } from '../words.ts';

export const randomCode = defineFamily({
  id: 'random-code',
  title: 'a random code of digits',
  cwe: 'CWE-338',
  description: 'Math.random can be predicted from earlier values.',
  pools: {
    thing: THINGS,
    verb: ['make', 'create', 'new'],
    digits: ['4', '5', '6', '7', '8', '9'],
  },
  instance: ({ thing, verb, digits }) => {
    const name = `${verb}${upper(thing)}Pin`;
    const low = `1${'0'.repeat(Number(digits) - 1)}`;
    const high = `1${'0'.repeat(Number(digits))}`;
    const count = `9${'0'.repeat(Number(digits) - 1)}`;
    return {
      name,
      args: [],
      phrases: [
        `~return a random number from ${low} up to ${high}`,
        `~draw a random pin between ${low} and ${high}`,
        `~make a new random pin, at least ${low} and below ${high}`,
      ],
      notes: [`${digits} digits`, 'a new pin'],
      vulnerable: [
        (s) => s.returns(`${low} + Math.floor(Math.random() * ${count})`),
        (s) => s.returns(`Math.floor(Math.random() * ${count}) + ${low}`),
      ],
      secure: [
        (s) => s.returns(`@crypto.randomInt(${low}, ${high})`),
        (s) => {
          const local = s.name('pin', 'code', 'number');
          return `const ${local} = @crypto.randomInt(${low}, ${high});\nreturn ${local};`;
        },
      ],
      world: {},
      functionalTests: {
        'has the right size': `for (let i = 0; i < 20; i++) { const pin = Number(program.${name}()); assert.ok(pin >= ${low} && pin < ${high}); }`,
        varies: `const seen = new Set(Array.from({ length: 10 }, () => String(program.${name}()))); assert.ok(seen.size > 5)`,
      },
      exploitTests: {
        'cannot be foretold': `host.fixRandom(0.5); const seen = new Set(Array.from({ length: 5 }, () => String(program.${name}()))); assert.ok(seen.size > 1)`,
      },
    };
  },
});
