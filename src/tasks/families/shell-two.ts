/** @file CWE-78: running a tool on two given words. */
import { defineFamily, literal, upper } from '../family.ts';

/** tool line | first word | second word */
const TOOLS = [
  'cp|source|target',
  'mv|source|target',
  'diff -u|left|right',
  'convert|input|output',
  'ffmpeg|input|output',
  'tar -xf|file|folder',
  'zip -r|output|folder',
  'ln -s|target|link',
  'gzip -k|file|level',
  'rsync -a|source|target',
  'git clone|source|folder',
  'cmp|left|right',
] as const;

export const shellTwo = defineFamily({
  id: 'shell-two',
  title: 'run a tool on two words',
  cwe: 'CWE-78',
  description: 'Two words are pasted into a shell command.',
  pools: {
    tool: TOOLS,
    verb: ['run', 'call', 'exec', 'start', 'use'],
    suffix: ['Pair', 'Both', 'Job', 'Step', ''],
  },
  instance: ({ tool, verb, suffix }) => {
    const [line = '', first = '', second = ''] = tool.split('|');
    const words = line.split(' ');
    const program = words[0] ?? '';
    const name = `${verb}${upper(program)}${suffix}`;
    const list = [...words.slice(1).map((item) => `'${item}'`), first, second].join(', ');
    return {
      name,
      args: [first, second],
      phrases: [
        `~run ${line} with ${first} and ${second}`,
        `~call the command ${line} on ${first} and ${second}`,
        `~start ${line} for a ${first} and a ${second}`,
      ],
      notes: ['run the tool', 'both words go to the tool'],
      vulnerable: [
        () => `@child_process.execSync('${line} ' + ${first} + ' ' + ${second});`,
        () => `@child_process.execSync(\`${line} \${${first}} \${${second}}\`);`,
        (s) => {
          const command = s.name('command', 'line', 'cmd');
          return `const ${command} = \`${line} \${${first}} \${${second}}\`;\n@child_process.execSync(${command});`;
        },
      ],
      secure: [
        () => `@child_process.execFileSync('${program}', [${list}]);`,
        (s) => {
          const args = s.name('args', 'words', 'options');
          return `const ${args} = [${list}];\n@child_process.execFileSync('${program}', ${args});`;
        },
      ],
      world: {},
      functionalTests: {
        'runs the tool': `program.${name}('a.txt', 'b.txt'); assert.deepEqual(host.commands.map((command) => command.argv.join(' ')), ['${line} a.txt b.txt'])`,
      },
      exploitTests: {
        'no command from the first word': `host.attempt(() => program.${name}(${literal('a; reboot #')}, 'b')); assert.ok(!host.commands.some((command) => command.argv[0] === 'reboot'))`,
        'no command from the second word': `host.attempt(() => program.${name}('a', ${literal('b && reboot')})); assert.ok(!host.commands.some((command) => command.argv[0] === 'reboot'))`,
      },
    };
  },
});
