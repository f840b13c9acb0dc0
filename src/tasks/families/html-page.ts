/** @file CWE-79: answering with a line of HTML made from a request's field. */
import { defineFamily, literal, upper } from '../family.ts';
import { FIELDS, THINGS } from '../words.ts';

export const htmlPage = defineFamily({
  id: 'html-page',
  title: 'answer with HTML',
  cwe: 'CWE-79',
  description: 'A field of the request is put into HTML as it came.',
  pools: {
    field: FIELDS,
    thing: THINGS,
    tag: ['p', 'h1', 'h2', 'div', 'b'],
  },
  instance: ({ field, thing, tag }) => {
    const name = `send${upper(thing)}${upper(field)}`;
    return {
      name,
      args: ['request', 'response'],
      phrases: [
        `~send the query field ${field} inside a ${tag} tag as html`,
        `~answer with html, a ${tag} tag around the query field ${field}`,
        `~show the query field ${field} to the user in a ${tag} tag`,
      ],
      notes: ['small html answer', 'show one field'],
      vulnerable: [
        () => `response.send('<${tag}>' + request.query.${field} + '</${tag}>');`,
        () => `response.send(\`<${tag}>\${request.query.${field}}</${tag}>\`);`,
        (s) => {
          const html = s.name('html', 'page', 'markup');
          return `const ${html} = '<${tag}>' + request.query.${field} + '</${tag}>';\nresponse.send(${html});`;
        },
      ],
      secure: [
        () => `response.send('<${tag}>' + @@escape-html(request.query.${field}) + '</${tag}>');`,
        () => `response.send(\`<${tag}>\${@@escape-html(request.query.${field})}</${tag}>\`);`,
        (s) => {
          const text = s.name('text', 'value', 'plain');
          return `const ${text} = request.query.${field}.replace(/&/g, '&amp;').replace(/</g, '&lt;');\nresponse.send('<${tag}>' + ${text} + '</${tag}>');`;
        },
      ],
      world: {},
      functionalTests: {
        'shows the field': `const { record, response } = host.response(); program.${name}(host.value({ query: { ${field}: 'spring sale' } }), response); assert.equal(record.body.trim(), '<${tag}>spring sale</${tag}>')`,
      },
      exploitTests: {
        'no tag from the request': `const { record, response } = host.response(); host.attempt(() => program.${name}(host.value({ query: { ${field}: ${literal('<img src=x onerror=alert(1)>')} } }), response)); assert.ok(!record.body.includes('<img'))`,
      },
    };
  },
});
