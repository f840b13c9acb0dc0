/** @file CWE-22 in Python: reading a file of a folder by name. */
import { defineFamily } from '../family.ts';
import { THINGS } from '../words.ts';

export const pythonFileRead = defineFamily({
  id: 'python-file-read',
  title: 'read a file by name (Python)',
  cwe: 'CWE-22',
  language: 'python',
  description: 'A name with .. leaves the folder.',
  pools: {
    thing: THINGS,
    folder: ['docs', 'pages', 'notes', 'reports', 'themes'],
    verb: ['read', 'open', 'load'],
  },
  instance: ({ thing, folder, verb }) => {
    const name = `${verb}_${thing}`;
    return {
      name,
      args: ['name'],
      phrases: [
        `~return the text of the file with this name in folder ${folder}`,
        `~read the named file from folder ${folder} as text`,
        `~load a file of folder ${folder} by name and ~return its text`,
      ],
      notes: ['text of one file', 'read by name'],
      vulnerable: [
        (s) => {
          const file = s.name('file', 'handle', 'source');
          return `with open(@os.path.join('${folder}', name)) as ${file}:\n    return ${file}.read()`;
        },
        () => `return open(f'${folder}/{name}').read()`,
        () => `return @pathlib.Path('${folder}', name).read_text()`,
      ],
      secure: [
        (s) => {
          const file = s.name('file', 'handle', 'source');
          return `with open(@os.path.join('${folder}', @os.path.basename(name))) as ${file}:\n    return ${file}.read()`;
        },
        () => `return @pathlib.Path('${folder}', @pathlib.Path(name).name).read_text()`,
      ],
      world: { files: { [`${folder}/a.txt`]: 'alpha text', 'inner.txt': 'inner text' } },
      functionalTests: { 'reads a file': `assert ${name}('a.txt') == 'alpha text'` },
      exploitTests: {
        'stays in its folder': `try:\n    text = ${name}('../inner.txt')\nexcept Exception:\n    text = ''\nassert 'inner' not in text`,
      },
    };
  },
});
