/** @file CWE-78: running a tool on one given word. */
import { defineFamily, literal, upper } from '../family.ts';

/** tool line | what it is given | verb of the function's name */
const TOOLS = [
  'ping -c 1|host',
  'dig +short|domain',
  'nslookup|domain',
  'whois|domain',
  'wc -l|file',
  'du -sh|folder',
  'md5sum|file',
  'file -b|file',
  'ls -l|folder',
  'git log|branch',
  'tail -n 5|file',
  'head -n 3|file',
  'stat|file',
  'traceroute|host',
] as const;

export const shellOne = defineFamily({
  id: 'shell-one',
  title: 'run a tool on one word',
  cwe: 'CWE-78',
  description:
    'The word is pasted into a shell command, so ; or $( ) in it starts further commands.',
  pools: {
    tool: TOOLS,
    verb: ['run', 'call', 'exec', 'start', 'use'],
    suffix: ['Tool', 'Command', 'Now', 'Once', ''],
  },
  instance: ({ tool, verb, suffix }) => {
    const [line = '', target = ''] = tool.split('|');
    const words = line.split(' ');
    const program = words[0] ?? '';
    const name = `${verb}${upper(program)}${suffix}`;
    const list = words
      .slice(1)
      .map((item) => `'${item}', `)
      .join('');
    return {
      name,
      args: [target],
      phrases: [
        `~run ${line} with the ${target} and ~return the output text`,
        `~return what the command ${line} prints for a ${target}`,
        `~call ${line} on the given ${target} and ~give back its output`,
      ],
      notes: ['output of the command', 'run the tool'],
      vulnerable: [
        (s) => s.returns(`@child_process.execSync('${line} ' + ${target}).toString()`),
        (s) => s.returns(`@child_process.execSync(\`${line} \${${target}}\`).toString()`),
        (s) => {
          const command = s.name('command', 'line', 'cmd');
          return `const ${command} = '${line} ' + ${target};\nreturn @child_process.execSync(${command}).toString();`;
        },
      ],
      secure: [
        (s) =>
          s.returns(`@child_process.execFileSync('${program}', [${list}${target}]).toString()`),
        (s) => {
          const list2 = s.name('args', 'words', 'options');
          return `const ${list2} = [${list}${target}];\nreturn @child_process.execFileSync('${program}', ${list2}).toString();`;
        },
      ],
      world: {},
      functionalTests: {
        'runs the tool': `assert.equal(String(program.${name}('alpha.txt')).trim(), '${line} alpha.txt')`,
        'exactly one command': `program.${name}('beta'); assert.deepEqual(host.commands.map((command) => command.argv.join(' ')), ['${line} beta'])`,
      },
      exploitTests: {
        'no second command after a semicolon': `host.attempt(() => program.${name}(${literal('alpha; reboot')})); assert.ok(!host.commands.some((command) => command.argv[0] === 'reboot'))`,
        'no command substitution': `host.attempt(() => program.${name}(${literal('$(reboot)')})); assert.ok(!host.commands.some((command) => command.argv[0] === 'reboot'))`,
      },
    };
  },
});
