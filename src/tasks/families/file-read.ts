/** @file CWE-22: reading a file of a folder by name. */
import { defineFamily, upper } from '../family.ts';
import { FOLDERS, THINGS } from '../words.ts';

export const fileRead = defineFamily({
  id: 'file-read',
  title: 'read a file by name',
  cwe: 'CWE-22',
  description: 'A name with .. leaves the folder it should stay in.',
  pools: { thing: THINGS, folder: FOLDERS, verb: ['read', 'open', 'show'] },
  instance: ({ thing, folder, verb }) => {
    const name = `${verb}${upper(thing)}`;
    return {
      name,
      args: ['name'],
      phrases: [
        `~return the text of the file with this name in ${folder}`,
        `~read the named file from folder ${folder} as text`,
        `~load a file of ${folder} by name and ~return its text`,
      ],
      notes: ['text of one file', 'read by name'],
      vulnerable: [
        (s) => s.returns(`@fs.readFileSync(@path.join('${folder}', name), 'utf8')`),
        (s) => s.returns(`@fs.readFileSync('${folder}/' + name, 'utf8')`),
        (s) => {
          const file = s.name('file', 'full', 'target');
          return `const ${file} = @path.join('${folder}', name);\nreturn @fs.readFileSync(${file}, 'utf8');`;
        },
      ],
      secure: [
        (s) => s.returns(`@fs.readFileSync(@path.join('${folder}', @path.basename(name)), 'utf8')`),
        (s) => {
          const file = s.name('file', 'full', 'target');
          return `const ${file} = @path.join('${folder}', @path.basename(name));\nreturn @fs.readFileSync(${file}, 'utf8');`;
        },
        (s) => {
          const file = s.name('file', 'full', 'target');
          return `const ${file} = @path.resolve('${folder}', name);\nif (!${file}.startsWith('${folder}/')) {\n  throw new Error('bad name');\n}\nreturn @fs.readFileSync(${file}, 'utf8');`;
        },
      ],
      world: {
        files: {
          [`${folder}/a.txt`]: 'alpha text',
          [`${folder}/b.md`]: 'beta',
          '/etc/passwd': 'root:x:0',
        },
      },
      functionalTests: {
        'reads a file': `assert.equal(program.${name}('a.txt'), 'alpha text')`,
        'reads another': `assert.equal(program.${name}('b.md'), 'beta')`,
      },
      exploitTests: {
        'stays in its folder': `const text = host.attempt(() => program.${name}('../../etc/passwd')); assert.ok(!String(text).includes('root')); assert.ok(!host.reads.includes('/etc/passwd'))`,
      },
    };
  },
});
