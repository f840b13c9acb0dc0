/** @file CWE-732 in Python: storing a key in a file. */
import { defineFamily } from '../family.ts';
import { THINGS } from '../words.ts';

export const pythonKeyFile = defineFamily({
  id: 'python-key-file',
  title: 'store a key in a file (Python)',
  cwe: 'CWE-732',
  language: 'python',
  description: 'The file can be read, or even written, by every user.',
  pools: {
    thing: THINGS,
    verb: ['save', 'store', 'write'],
    kind: ['key', 'token', 'password', 'pin'],
  },
  instance: ({ thing, verb, kind }) => {
    const name = `${verb}_${thing}_${kind}`;
    const plain = `with open(path, 'w') as file:\n    file.write(${kind})`;
    return {
      name,
      args: ['path', kind],
      phrases: [
        `~write the ${kind} of the ${thing} to the file path`,
        `~store ${kind} in the file at path`,
        `~save the ${thing} ${kind} as text in file path`,
      ],
      notes: ['one file'],
      vulnerable: [
        () => plain,
        () => `${plain}\n@os.chmod(path, 0o644)`,
        () => `${plain}\n@os.chmod(path, 0o777)`,
      ],
      secure: [
        () => `${plain}\n@os.chmod(path, 0o600)`,
        () =>
          `handle = @os.open(path, @os.O_WRONLY | @os.O_CREAT | @os.O_TRUNC, 0o600)\nwith open(handle, 'w') as file:\n    file.write(${kind})`,
      ],
      world: {},
      functionalTests: {
        'writes the file': `${name}('k.txt', 'alpha')\nassert open('k.txt').read() == 'alpha'`,
      },
      exploitTests: {
        'only its owner may read it': `import os\nos.umask(0o022)\n${name}('k.txt', 'alpha')\nassert os.stat('k.txt').st_mode & 0o077 == 0`,
      },
    };
  },
});
