/** @file CWE-328 in Python: the digest of a text. */
import { defineFamily } from '../family.ts';
import { THINGS } from '../words.ts';

export const pythonDigest = defineFamily({
  id: 'python-digest',
  title: 'digest of a text (Python)',
  cwe: 'CWE-328',
  language: 'python',
  description: 'A broken hash function.',
  pools: {
    thing: THINGS,
    kind: ['hash', 'digest', 'checksum', 'fingerprint'],
    input: ['text', 'content', 'value'],
  },
  instance: ({ thing, kind, input }) => {
    const name = `${thing}_${kind}`;
    const chain = (algorithm: string) => `@hashlib.${algorithm}(${input}.encode()).hexdigest()`;
    return {
      name,
      args: [input],
      phrases: [
        `~return a hex ${kind} of the ${thing} ${input}`,
        `~compute the hex ${kind} of ${input}`,
        `~hash the ${input} of a ${thing} and ~return hex`,
      ],
      notes: ['hex digest'],
      vulnerable: [(s) => s.returns(chain('md5')), (s) => s.returns(chain('sha1'))],
      secure: [
        (s) => s.returns(chain('sha256')),
        (s) => s.returns(chain('sha512')),
        (s) => s.returns(chain('blake2b')),
      ],
      world: {},
      functionalTests: {
        'is hex and repeats': `int(${name}('alpha'), 16)\nassert ${name}('alpha') == ${name}('alpha') != ${name}('beta')`,
      },
      exploitTests: {
        'no broken hash function': `import hashlib\nfor broken in ('md5', 'sha1'):\n    assert ${name}('alpha') != hashlib.new(broken, b'alpha').hexdigest()`,
      },
    };
  },
});
