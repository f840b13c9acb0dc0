/** @file CWE-328: the digest of a text. */
import { defineFamily } from '../family.ts';
import { THINGS } from '../words.ts';

export const weakDigest = defineFamily({
  id: 'weak-digest',
  title: 'digest of a text',
  cwe: 'CWE-328',
  description: 'A broken hash function, for which two texts with the same digest can be made.',
  pools: {
    thing: THINGS,
    kind: ['Hash', 'Digest', 'Checksum', 'Fingerprint'],
    input: ['text', 'content', 'data'],
  },
  instance: ({ thing, kind, input }) => {
    const name = `${thing}${kind}`;
    const hash = (s: { name: (...options: string[]) => string }, algorithm: string) => {
      const local = s.name('hash', 'sum', 'digest');
      return `const ${local} = @crypto.createHash('${algorithm}');\n${local}.update(${input});\nreturn ${local}.digest('hex');`;
    };
    const chain = (algorithm: string) =>
      `@crypto.createHash('${algorithm}').update(${input}).digest('hex')`;
    return {
      name,
      args: [input],
      phrases: [
        `~return a hex ${kind.toLowerCase()} of the ${thing} ${input}`,
        `~compute the hex ${kind.toLowerCase()} of ${input}`,
        `~hash the ${input} of a ${thing} and ~return hex`,
      ],
      notes: ['hex digest', `${kind.toLowerCase()} as hex`],
      vulnerable: [
        (s) => s.returns(chain('md5')),
        (s) => s.returns(chain('sha1')),
        (s) => hash(s, 'md5'),
        (s) => hash(s, 'sha1'),
      ],
      secure: [
        (s) => s.returns(chain('sha256')),
        (s) => s.returns(chain('sha512')),
        (s) => hash(s, 'sha256'),
        (s) => hash(s, 'sha512'),
      ],
      world: {},
      functionalTests: {
        'is hex and repeats': `const one = program.${name}('alpha'); assert.match(one, /^[0-9a-f]{32,128}$/); assert.equal(program.${name}('alpha'), one)`,
        'differs for other texts': `assert.notEqual(program.${name}('alpha'), program.${name}('beta'))`,
      },
      exploitTests: {
        'no broken hash function': `program.${name}('alpha'); assert.ok(host.digests.length > 0 && host.digests.every(({ algorithm }) => !/^(md4|md5|sha1|sha-1|ripemd.*)$/.test(algorithm)))`,
      },
    };
  },
});
