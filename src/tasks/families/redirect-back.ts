/** @file CWE-601: sending the browser on to where the request says. */
import { defineFamily, literal, upper } from '../family.ts';
import { THINGS } from '../words.ts';

export const redirectBack = defineFamily({
  id: 'redirect-back',
  title: 'redirect to the page a request names',
  cwe: 'CWE-601',
  description: 'The browser can be sent to any site.',
  pools: {
    thing: THINGS,
    field: ['next', 'back', 'url', 'to', 'page', 'target'],
    verb: ['redirect', 'forward', 'guide'],
  },
  instance: ({ thing, field, verb }) => {
    const name = `${verb}${upper(thing)}`;
    const value = `request.query.${field}`;
    const test = (address: string) =>
      `const { record, response } = host.response(); host.attempt(() => program.${name}(host.value({ query: { ${field}: ${literal(address)} } }), response)); assert.ok(record.redirectedTo === undefined || /^\\/(?![/\\\\])/.test(record.redirectedTo))`;
    return {
      name,
      args: ['request', 'response'],
      phrases: [
        `~redirect to the page in the query field ${field}`,
        `~send the browser on to the query field ${field}`,
        `~answer with a redirect to the query field ${field}`,
      ],
      notes: ['go on to the page', 'where to go next'],
      vulnerable: [
        () => `response.redirect(${value});`,
        (s) => {
          const local = s.name('target', 'page', 'place');
          return `const ${local} = ${value};\nresponse.redirect(${local});`;
        },
        (s) => {
          const local = s.name('target', 'page', 'place');
          return `const ${local} = ${value} || '/';\nresponse.redirect(${local});`;
        },
      ],
      secure: [
        (s) => {
          const local = s.name('target', 'page', 'place');
          return `const ${local} = ${value};\nresponse.redirect(/^\\/\\w/.test(${local}) ? ${local} : '/');`;
        },
        (s) => {
          const local = s.name('target', 'page', 'place');
          return `const ${local} = ${value};\nif (!${local}.startsWith('/') || ${local}.startsWith('//')) {\n  return response.redirect('/');\n}\nresponse.redirect(${local});`;
        },
      ],
      world: {},
      functionalTests: {
        'goes to a page of ours': `const { record, response } = host.response(); program.${name}(host.value({ query: { ${field}: '/home' } }), response); assert.equal(record.redirectedTo, '/home')`,
      },
      exploitTests: {
        'stays on our site': test('https://evil.test/x'),
        'stays on our site without a scheme': test('//evil.test/x'),
      },
    };
  },
});
