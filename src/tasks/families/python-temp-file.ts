/** @file CWE-377 in Python: putting text into a temporary file. */
import { defineFamily } from '../family.ts';
import { THINGS } from '../words.ts';

export const pythonTempFile = defineFamily({
  id: 'python-temp-file',
  title: 'write a temporary file (Python)',
  cwe: 'CWE-377',
  language: 'python',
  description: 'The name can be guessed and the file be read or replaced by others.',
  pools: {
    thing: THINGS,
    verb: ['stash', 'park', 'spill'],
    suffix: ['.txt', '.csv', '.log', '.tmp'],
  },
  instance: ({ thing, verb, suffix }) => {
    const name = `${verb}_${thing}`;
    const write = (path: string) =>
      `with open(${path}, 'w') as file:\n    file.write(text)\nreturn ${path}`;
    return {
      name,
      args: ['text'],
      phrases: [
        `~write text to a new temporary file ending in ${suffix} and ~return its path`,
        `~store text in a temporary file with suffix ${suffix} and ~return the path`,
        `~save text as a new temporary ${suffix} file and ~give back its path`,
      ],
      notes: ['a new file for each'],
      vulnerable: [
        (s) => {
          const path = s.name('path', 'target', 'place');
          return `${path} = @tempfile.mktemp(suffix='${suffix}')\n${write(path)}`;
        },
        (s) => {
          const path = s.name('path', 'target', 'place');
          return `${path} = f'/tmp/${thing}{@time.time_ns()}${suffix}'\n${write(path)}`;
        },
      ],
      secure: [
        (s) => {
          const path = s.name('path', 'target', 'place');
          return `handle, ${path} = @tempfile.mkstemp(suffix='${suffix}')\nwith open(handle, 'w') as file:\n    file.write(text)\nreturn ${path}`;
        },
        () =>
          `with @tempfile.NamedTemporaryFile('w', suffix='${suffix}', delete=False) as file:\n    file.write(text)\n    return file.name`,
      ],
      world: {},
      functionalTests: {
        'writes a new file each time': `one, two = ${name}('alpha'), ${name}('beta')\nassert one != two and one.endswith('${suffix}')\nassert open(one).read() == 'alpha' and open(two).read() == 'beta'`,
      },
      exploitTests: {
        'only its owner may read it': `import os\nassert os.stat(${name}('alpha')).st_mode & 0o077 == 0`,
      },
    };
  },
});
