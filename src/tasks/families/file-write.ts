/** @file CWE-22: saving text under a given name in a folder. */
import { defineFamily, upper } from '../family.ts';
import { FOLDERS, THINGS } from '../words.ts';

export const fileWrite = defineFamily({
  id: 'file-write',
  title: 'save a file by name',
  cwe: 'CWE-22',
  description: 'A name with .. writes outside the folder.',
  pools: { thing: THINGS, folder: FOLDERS, verb: ['save', 'store', 'write'] },
  instance: ({ thing, folder, verb }) => {
    const name = `${verb}${upper(thing)}`;
    return {
      name,
      args: ['name', 'text'],
      phrases: [
        `~write text to the file with this name in ${folder}`,
        `~save text under the name in folder ${folder}`,
        `~store text as a file of ${folder} by name`,
      ],
      notes: ['write one file', 'save by name'],
      vulnerable: [
        () => `@fs.writeFileSync(@path.join('${folder}', name), text);`,
        () => `@fs.writeFileSync('${folder}/' + name, text);`,
        (s) => {
          const file = s.name('file', 'full', 'target');
          return `const ${file} = @path.join('${folder}', name);\n@fs.writeFileSync(${file}, text);`;
        },
      ],
      secure: [
        () => `@fs.writeFileSync(@path.join('${folder}', @path.basename(name)), text);`,
        (s) => {
          const file = s.name('file', 'full', 'target');
          return `const ${file} = @path.join('${folder}', @path.basename(name));\n@fs.writeFileSync(${file}, text);`;
        },
        (s) => {
          const file = s.name('file', 'full', 'target');
          return `const ${file} = @path.resolve('${folder}', name);\nif (!${file}.startsWith('${folder}/')) {\n  throw new Error('bad name');\n}\n@fs.writeFileSync(${file}, text);`;
        },
      ],
      world: { files: { [`${folder}/a.txt`]: 'old', '/etc/hosts': 'localhost' } },
      functionalTests: {
        'writes the file': `program.${name}('new.txt', 'hello'); assert.equal(host.file('${folder}/new.txt'), 'hello')`,
        'replaces an old one': `program.${name}('a.txt', 'new'); assert.equal(host.file('${folder}/a.txt'), 'new')`,
      },
      exploitTests: {
        'stays in its folder': `host.attempt(() => program.${name}('../../etc/hosts', 'evil')); assert.ok(host.writes.every((write) => write.path.startsWith('${folder}/'))); assert.equal(host.file('/etc/hosts'), 'localhost')`,
      },
    };
  },
});
