/**
 * @file CWE-640, with cooperating edits: making a link to reset a password. The token must not be guessable and the link must lead to
 * our own host, not to the one the request names; each edit alone leaves the other way in.
 */
import { defineFamily, literal, upper } from '../family.ts';
import { HOSTS, THINGS } from '../words.ts';

export const resetLink = defineFamily({
  id: 'reset-link',
  title: 'make a reset link',
  cwe: 'CWE-640',
  extra: true,
  description: 'The token can be guessed, or the link leads to a host the request names.',
  pools: {
    thing: THINGS,
    host: HOSTS,
    verb: ['make', 'build', 'create'],
    path: ['reset', 'recover', 'restore'],
  },
  instance: ({ thing, host, verb, path }) => {
    const name = `${verb}${upper(thing)}Link`;
    const variable = `${thing.toUpperCase()}_HOST`;
    const guessable = 'Math.random().toString(36).slice(2)';
    const random = "@crypto.randomBytes(20).toString('hex')";
    const theirs = 'request.headers.host';
    const ours = `process.env.${variable}`;
    const link = (site: string, token: string) =>
      `\`https://\${${site}}/${path}?token=\${${token}}\``;
    const steps = (s: { name(...words: string[]): string }, make: string, site: string): string => {
      const token = s.name('token', 'code', 'secret');
      return `const ${token} = ${make};\ntokens[${token}] = ${thing};\nreturn ${link(site, token)};`;
    };
    return {
      name,
      args: ['tokens', thing, 'request'],
      phrases: [
        `~make a new token, ~keep ${thing} in tokens[token] and ~return the link https://host/${path}?token=... of our site, env ${variable}`,
        `~return a ${path} link for ${thing} with a new token, noted in tokens; our host is env ${variable}`,
        `~note ${thing} under a new token in tokens and ~return the https link to /${path} on our host (env ${variable}) with ?token=`,
      ],
      notes: ['one link, one token', `the link to ${path}`],
      vulnerable: [
        (s) => steps(s, guessable, theirs),
        (s) => steps(s, random, theirs),
        (s) => steps(s, guessable, ours),
        (s) => steps(s, 'Date.now().toString(36)', `(${theirs} || ${ours})`),
      ],
      secure: [
        (s) => steps(s, random, ours),
        (s) => {
          const [token, site] = [s.name('token', 'code', 'secret'), s.name('site', 'base', 'host')];
          return `const ${site} = ${ours};\nconst ${token} = @crypto.randomUUID();\ntokens[${token}] = ${thing};\nreturn ${link(site, token)};`;
        },
      ],
      world: { environment: { [variable]: host } },
      functionalTests: {
        'links to the token': `const tokens = {}; const link = program.${name}(tokens, 'ann', { headers: { host: ${literal(host)} } }); const [token] = Object.keys(tokens); assert.equal(tokens[token], 'ann'); assert.equal(link, ${literal(`https://${host}/${path}?token=`)} + token)`,
      },
      exploitTests: {
        'leads to our host whatever the request says': `const link = host.attempt(() => program.${name}({}, 'ann', { headers: { host: 'evil.example' } })); assert.ok(!String(link).includes('evil.example'))`,
        'the token cannot be foretold': `host.fixRandom(0.5); const tokens = {}; const request = { headers: { host: ${literal(host)} } }; program.${name}(tokens, 'ann', request); program.${name}(tokens, 'bob', request); assert.equal(Object.keys(tokens).length, 2); assert.ok(Object.keys(tokens).every((token) => token.length >= 16))`,
      },
    };
  },
});
