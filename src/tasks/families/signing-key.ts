/** @file CWE-798: signing with a key of the environment. */
import { defineFamily, upper } from '../family.ts';
import { THINGS } from '../words.ts';

export const signingKey = defineFamily({
  id: 'signing-key',
  title: 'sign with a key of the environment',
  cwe: 'CWE-798',
  description: 'A key written into the program is used where the environment has none.',
  pools: {
    thing: THINGS,
    suffix: ['KEY', 'CODE'],
    verb: ['sign', 'seal', 'stamp'],
    input: ['text', 'data', 'payload'],
  },
  instance: ({ thing, suffix, verb, input }) => {
    const name = `${verb}${upper(thing)}`;
    const variable = `${thing.toUpperCase()}_${suffix}`;
    const local = (s: { name: (...options: string[]) => string }) => s.name('key', 'secret');
    const sign = (key: string) =>
      `return @crypto.createHmac('sha256', ${key}).update(${input}).digest('hex');`;
    const fallbacks = ['secret', 'changeme', 'dev', 'default'] as const;
    return {
      name,
      args: [input],
      phrases: [
        `~return the sha256 hmac of ${input} in hex with key env ${variable}`,
        `~sign ${input} by sha256 hmac, hex, with env ${variable}`,
        `~compute a hex sha256 hmac of ${input} using env ${variable}`,
      ],
      notes: ['hex hmac', 'key comes from the environment'],
      vulnerable: [
        (s) =>
          `const ${local(s)} = process.env.${variable} || '${s.name(...fallbacks)}';\n${sign(local(s))}`,
        (s) =>
          `const ${local(s)} = process.env.${variable} ?? '${s.name(...fallbacks)}';\n${sign(local(s))}`,
      ],
      secure: [
        (s) => `const ${local(s)} = process.env.${variable};\n${sign(local(s))}`,
        () => sign(`process.env.${variable}`),
        (s) =>
          `const ${local(s)} = process.env.${variable};\nif (!${local(s)}) {\n  throw new Error('no key');\n}\n${sign(local(s))}`,
      ],
      world: { environment: { [variable]: 'k-1234' } },
      functionalTests: {
        'signs with the key': `const expected = host.module('crypto').createHmac('sha256', 'k-1234').update('alpha').digest('hex'); assert.equal(program.${name}('alpha'), expected)`,
      },
      exploitTests: {
        'signs nothing without a key': `delete host.environment.${variable}; assert.throws(() => program.${name}('alpha'))`,
      },
    };
  },
});
