/** @file CWE-117: writing a line to a log file. */
import { defineFamily, literal, upper } from '../family.ts';
import { FIELDS, THINGS } from '../words.ts';

export const logLine = defineFamily({
  id: 'log-line',
  title: 'write a line to a log',
  cwe: 'CWE-117',
  description: 'A line break in the value forges further lines of the log.',
  pools: { thing: THINGS, field: FIELDS, verb: ['log', 'note', 'record'] },
  instance: ({ thing, field, verb }) => {
    const name = `${verb}${upper(thing)}${upper(field)}`;
    const file = `/var/log/${thing}.log`;
    return {
      name,
      args: [field],
      phrases: [
        `~append the line "${thing} " plus ${field} to ${file}`,
        `~write a line with "${thing} " and the ${field} at the end of ${file}`,
        `~add "${thing} ", ${field} and a line break to ${file}`,
      ],
      notes: ['one line for each', 'append to the log'],
      vulnerable: [
        () => `@fs.appendFileSync('${file}', '${thing} ' + ${field} + '\\n');`,
        () => `@fs.appendFileSync('${file}', \`${thing} \${${field}}\\n\`);`,
        (s) => {
          const line = s.name('line', 'entry', 'row');
          return `const ${line} = '${thing} ' + ${field} + '\\n';\n@fs.appendFileSync('${file}', ${line});`;
        },
      ],
      secure: [
        (s) => {
          const clean = s.name('clean', 'text', 'value');
          return `const ${clean} = ${field}.replace(/[\\r\\n]/g, ' ');\n@fs.appendFileSync('${file}', '${thing} ' + ${clean} + '\\n');`;
        },
        () =>
          `@fs.appendFileSync('${file}', '${thing} ' + ${field}.replace(/[\\r\\n]/g, ' ') + '\\n');`,
        (s) => {
          const clean = s.name('clean', 'text', 'value');
          return `const ${clean} = ${field}.replace(/[\\r\\n]/g, '');\n@fs.appendFileSync('${file}', \`${thing} \${${clean}}\\n\`);`;
        },
      ],
      world: { files: { [file]: 'start\n' } },
      functionalTests: {
        'appends one line': `program.${name}('alpha'); assert.equal(host.file('${file}'), 'start\\n${thing} alpha\\n')`,
        'appends twice': `program.${name}('a'); program.${name}('b'); assert.equal(host.file('${file}'), 'start\\n${thing} a\\n${thing} b\\n')`,
      },
      exploitTests: {
        'one call is one line': `host.attempt(() => program.${name}(${literal('a\nadmin logged in')})); assert.ok(host.file('${file}').split('\\n').length <= 3)`,
      },
    };
  },
});
