/** @file CWE-918: fetching an address of a known host. */
import { defineFamily, literal, upper } from '../family.ts';
import { HOSTS, THINGS } from '../words.ts';

export const fetchHost = defineFamily({
  id: 'fetch-host',
  title: 'fetch an address of a known host',
  cwe: 'CWE-918',
  description: 'The server can be made to fetch from any host, inner ones included.',
  pools: { thing: THINGS, host: HOSTS, verb: ['fetch', 'load', 'pull'] },
  instance: ({ thing, host, verb }) => {
    const name = `${verb}${upper(thing)}From`;
    const end = (s: { name: (...options: string[]) => string }) => {
      const answer = s.name('response', 'answer', 'reply');
      return `const ${answer} = await fetch(url);\nreturn ${answer}.text();`;
    };
    const attack = (address: string) =>
      `try { await program.${name}(${literal(address)}); } catch {} assert.ok(host.requests.every((request) => request.host === '${host}'))`;
    const variant = (before: string) => (s: { name: (...options: string[]) => string }) => ({
      async: true,
      body: `${before.replace('LOCAL', s.name('hostname', 'host'))}${end(s)}`,
    });
    return {
      name,
      args: ['url'],
      phrases: [
        `~fetch a url of ${host} and ~return the text`,
        `~return the text behind a url of host ${host}`,
        `~download the url from ${host} as text`,
      ],
      notes: ['text behind an address', 'fetch as text'],
      vulnerable: [
        variant(''),
        variant(`if (!url.includes('${host}')) {\n  throw new Error('bad url');\n}\n`),
        variant(`if (!url.startsWith('https://${host}')) {\n  throw new Error('bad url');\n}\n`),
      ],
      secure: [
        variant(`if (new URL(url).hostname !== '${host}') {\n  throw new Error('bad url');\n}\n`),
        variant(`if (!url.startsWith('https://${host}/')) {\n  throw new Error('bad url');\n}\n`),
      ],
      world: {
        routes: { [`${host}/a`]: 'alpha', [`${host}/b/c.txt`]: 'beta', '10.0.0.5/': 'inner' },
      },
      functionalTests: {
        'fetches the text': `assert.equal(await program.${name}('https://${host}/a'), 'alpha')`,
        'fetches another': `assert.equal(await program.${name}('https://${host}/b/c.txt'), 'beta')`,
      },
      exploitTests: {
        'no inner host': attack('http://10.0.0.5/'),
        'no host that only begins alike': attack(`https://${host}.evil.test/`),
      },
    };
  },
});
