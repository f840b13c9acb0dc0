/** @file CWE-79 in Python: building an HTML list from texts. */
import { defineFamily, literal } from '../family.ts';
import { plural, THINGS } from '../words.ts';

export const pythonHtml = defineFamily({
  id: 'python-html',
  title: 'build HTML (Python)',
  cwe: 'CWE-79',
  language: 'python',
  description: 'Texts are put into HTML as they came.',
  pools: { thing: THINGS, verb: ['render', 'build', 'show'], tag: ['li', 'p', 'b', 'td'] },
  instance: ({ thing, verb, tag }) => {
    const things = plural(thing);
    const name = `${verb}_${things}_${tag}`;
    return {
      name,
      args: [things],
      phrases: [
        `~return html with one ${tag} tag for each of the ${things}, joined`,
        `~build html: every one of the ${things} in a ${tag} tag, without separator`,
        `~turn the list ${things} into ${tag} tags of html in one text`,
      ],
      notes: ['html', 'one tag for each'],
      vulnerable: [
        () => `return ''.join('<${tag}>' + ${thing} + '</${tag}>' for ${thing} in ${things})`,
        () => `return ''.join(f'<${tag}>{${thing}}</${tag}>' for ${thing} in ${things})`,
      ],
      secure: [
        () =>
          `return ''.join('<${tag}>' + @html.escape(${thing}) + '</${tag}>' for ${thing} in ${things})`,
        () =>
          `return ''.join(f'<${tag}>{@html.escape(${thing})}</${tag}>' for ${thing} in ${things})`,
      ],
      world: {},
      functionalTests: {
        'one tag for each': `assert ${name}(['red', 'blue']) == '<${tag}>red</${tag}><${tag}>blue</${tag}>'`,
        'an empty list': `assert ${name}([]) == ''`,
      },
      exploitTests: {
        'no tag from a text': `assert '<script' not in ${name}([${literal('<script>alert(1)</script>')}])`,
      },
    };
  },
});
