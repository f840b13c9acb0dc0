/** @file CWE-79: building an HTML list from texts. */
import { defineFamily, literal, upper } from '../family.ts';
import { COLUMNS, plural, THINGS } from '../words.ts';

export const htmlList = defineFamily({
  id: 'html-list',
  title: 'build an HTML list',
  cwe: 'CWE-79',
  description: 'Texts are put into list items as they came.',
  pools: { thing: THINGS, column: COLUMNS, verb: ['render', 'list', 'show'] },
  instance: ({ thing, column, verb }) => {
    const things = plural(thing);
    const name = `${verb}${upper(things)}`;
    return {
      name,
      args: [things],
      phrases: [
        `~return an html ul list with one li for the ${column} of each of the ${things}`,
        `~build html: a ul with the ${column} of each of the ${things} in an li`,
        `~turn ${things} into a ul of html, one li per ${column}`,
      ],
      notes: ['html list', 'one li for each'],
      vulnerable: [
        (s) => {
          const items = s.name('items', 'lines', 'parts');
          return `const ${items} = ${things}.map((${thing}) => '<li>' + ${thing}.${column} + '</li>');\nreturn '<ul>' + ${items}.join('') + '</ul>';`;
        },
        (s) => {
          const items = s.name('items', 'lines', 'parts');
          return `const ${items} = ${things}.map((${thing}) => \`<li>\${${thing}.${column}}</li>\`);\nreturn '<ul>' + ${items}.join('') + '</ul>';`;
        },
        (s) => {
          const html = s.name('html', 'page', 'markup');
          return `let ${html} = '<ul>';\nfor (const ${thing} of ${things}) {\n  ${html} += '<li>' + ${thing}.${column} + '</li>';\n}\nreturn ${html} + '</ul>';`;
        },
      ],
      secure: [
        (s) => {
          const items = s.name('items', 'lines', 'parts');
          return `const ${items} = ${things}.map((${thing}) => '<li>' + @@escape-html(${thing}.${column}) + '</li>');\nreturn '<ul>' + ${items}.join('') + '</ul>';`;
        },
        (s) => {
          const items = s.name('items', 'lines', 'parts');
          return `const ${items} = ${things}.map((${thing}) => \`<li>\${@@escape-html(${thing}.${column})}</li>\`);\nreturn '<ul>' + ${items}.join('') + '</ul>';`;
        },
        (s) => {
          const html = s.name('html', 'page', 'markup');
          return `let ${html} = '<ul>';\nfor (const ${thing} of ${things}) {\n  ${html} += '<li>' + @@escape-html(${thing}.${column}) + '</li>';\n}\nreturn ${html} + '</ul>';`;
        },
      ],
      world: {},
      functionalTests: {
        'one item for each': `assert.equal(program.${name}(host.value([{ ${column}: 'red' }, { ${column}: 'blue' }])), '<ul><li>red</li><li>blue</li></ul>')`,
        'an empty list': `assert.equal(program.${name}(host.value([])), '<ul></ul>')`,
      },
      exploitTests: {
        'no tag from a text': `const html = host.attempt(() => program.${name}(host.value([{ ${column}: ${literal('<script>alert(1)</script>')} }]))); assert.ok(!String(html).includes('<script'))`,
      },
    };
  },
});
