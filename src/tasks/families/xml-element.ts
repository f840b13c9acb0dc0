/** @file CWE-91, held out: writing one XML element. No training family has this CWE; the HTML families have its cousin. */
import { defineFamily, literal, upper } from '../family.ts';
import { COLUMNS, THINGS } from '../words.ts';

export const xmlElement = defineFamily({
  id: 'xml-element',
  title: 'write an XML element',
  cwe: 'CWE-91',
  heldOut: true,
  description: 'A value is put between tags as it came, so it can add elements of its own.',
  pools: { thing: THINGS, column: COLUMNS, verb: ['build', 'write', 'make'] },
  instance: ({ thing, column, verb }) => {
    const name = `${verb}${upper(thing)}Xml`;
    return {
      name,
      args: [thing],
      phrases: [
        `~return xml, a ${column} tag around the ${column} of the ${thing}`,
        `~build xml: the ${column} of the ${thing} in a ${column} tag`,
        `~turn the ${column} of a ${thing} into a ${column} tag of xml`,
      ],
      notes: ['one xml tag'],
      vulnerable: [
        (s) => s.returns(`'<${column}>' + ${thing}.${column} + '</${column}>'`),
        (s) => s.returns(`\`<${column}>\${${thing}.${column}}</${column}>\``),
      ],
      secure: [
        (s) => s.returns(`'<${column}>' + @@escape-html(${thing}.${column}) + '</${column}>'`),
        (s) => {
          const text = s.name('text', 'value', 'plain');
          return `const ${text} = ${thing}.${column}.replace(/&/g, '&amp;').replace(/</g, '&lt;');\nreturn '<${column}>' + ${text} + '</${column}>';`;
        },
      ],
      world: {},
      functionalTests: {
        'wraps the value': `assert.equal(program.${name}(host.value({ ${column}: 'red' })).trim(), '<${column}>red</${column}>')`,
        'another value': `assert.equal(program.${name}(host.value({ ${column}: 'deep blue' })).trim(), '<${column}>deep blue</${column}>')`,
      },
      exploitTests: {
        'no element from the value': `const xml = host.attempt(() => program.${name}(host.value({ ${column}: ${literal('a<role>admin</role>')} }))); assert.ok(!String(xml).includes('<role>'))`,
      },
    };
  },
});
