/**
 * @file Guest module `child_process`: a shell string is really parsed (quotes, escapes, ; & && || | newline, $( ), backticks, > <),
 * and every command it would start is recorded. Commands answer with their own words (`echo`, `cat` as one expects), status 0.
 * Simplified: variables expand from the environment, no globs, functions or loops.
 */
import type { GuestKit, GuestModule } from './kit.ts';

export function makeChildProcessModule(kit: GuestKit): GuestModule {
  const { files, environment } = kit.world;
  const Buffer = kit.modules.buffer?.Buffer as { from: (text: string) => unknown };
  const path = kit.modules.path as unknown as { resolve: (...parts: unknown[]) => string };

  const execute = (argv: readonly string[], shell: boolean, input: string): string => {
    kit.records.commands.push({ argv: [...argv], shell });
    const name = argv[0];
    if (name === 'echo') return `${argv.slice(1).join(' ')}\n`;
    if (name === 'cat' && argv.length > 1)
      return argv
        .slice(1)
        .map((file) => files.get(path.resolve(file)) ?? '')
        .join('');
    if (name === 'cat') return input;
    return `${argv.join(' ')}\n`;
  };

  /** Runs a command line and returns what it prints. */
  const runShell = (line: string): string => {
    let at = 0;
    let output = '';
    let piped = '';
    let argv: string[] = [];
    let word: string | undefined;
    let redirect: string | undefined;

    const until = (close: string): string => {
      let depth = 1;
      const from = at;
      while (at < line.length) {
        if (line[at] === '\\') at++;
        else if (close === ')' && line[at] === '(') depth++;
        else if (line[at] === close && --depth === 0) break;
        at++;
      }
      return line.slice(from, at++);
    };
    const dollar = (): string => {
      if (line[at] === '(') {
        at++;
        return runShell(until(')')).replace(/\n+$/, '');
      }
      if (line[at] === '{') {
        at++;
        return environment[until('}')] ?? '';
      }
      const name = /^\w+/.exec(line.slice(at))?.[0];
      if (name === undefined) return '$';
      at += name.length;
      return environment[name] ?? '';
    };
    const endWord = (): void => {
      if (word === undefined) return;
      if (redirect === undefined) argv.push(word);
      else if (redirect === '<') piped = files.get(path.resolve(word)) ?? '';
      else {
        const target = path.resolve(word);
        kit.records.writes.push({ path: target, content: '' });
        files.set(target, redirect === '>>' ? (files.get(target) ?? '') : '');
      }
      redirect = undefined;
      word = undefined;
    };
    const endCommand = (pipe: boolean): void => {
      endWord();
      const printed = argv.length > 0 ? execute(argv, true, piped) : '';
      if (pipe) piped = printed;
      else {
        output += printed;
        piped = '';
      }
      argv = [];
    };

    while (at < line.length) {
      const character = line[at++] as string;
      if (character === "'") word = (word ?? '') + until("'");
      else if (character === '"') {
        word ??= '';
        while (at < line.length && line[at] !== '"') {
          const inner = line[at++] as string;
          if (inner === '\\' && /["\\$`]/.test(line[at] ?? '')) word += line[at++];
          else if (inner === '$') word += dollar();
          else if (inner === '`') word += runShell(until('`')).replace(/\n+$/, '');
          else word += inner;
        }
        at++;
      } else if (character === '\\') word = (word ?? '') + (line[at++] ?? '');
      else if (character === '$') word = (word ?? '') + dollar();
      else if (character === '`') word = (word ?? '') + runShell(until('`')).replace(/\n+$/, '');
      else if (character === ' ' || character === '\t') endWord();
      else if (character === ';' || character === '\n') endCommand(false);
      else if (character === '&') {
        if (line[at] === '&') at++;
        endCommand(false);
      } else if (character === '|') {
        const or = line[at] === '|';
        if (or) at++;
        endCommand(!or);
      } else if (character === '>' || character === '<') {
        endWord();
        redirect = character;
        if (line[at] === '>') {
          redirect = '>>';
          at++;
        }
      } else if (character === '#' && word === undefined) {
        while (at < line.length && line[at] !== '\n') at++;
      } else word = (word ?? '') + character;
    }
    endCommand(false);
    return output;
  };

  interface Options {
    encoding?: string;
    shell?: boolean | string;
  }
  const shape = (output: string, options: unknown): unknown => {
    const encoding = (options as Options | undefined)?.encoding;
    return encoding && encoding !== 'buffer' ? output : Buffer.from(output);
  };
  const direct = (file: unknown, args: unknown, options: unknown): string => {
    if (typeof file !== 'string')
      throw new kit.realm.TypeError('The "file" argument must be of type string');
    const list = Array.isArray(args) ? args.map(String) : [];
    if ((options as Options | undefined)?.shell) return runShell([file, ...list].join(' '));
    return execute([file, ...list], false, '');
  };
  const line = (command: unknown): string => {
    if (typeof command !== 'string')
      throw new kit.realm.TypeError('The "command" argument must be of type string');
    return runShell(command);
  };
  const optionsOf = (args: unknown, options: unknown): unknown =>
    Array.isArray(args) ? options : (args ?? options);

  /** A finished child: its listeners hear the output and the end in the next turn. */
  const child = (output: string, done?: unknown): unknown => {
    const stream = {
      setEncoding: () => stream,
      on: (event: string, listener: (value?: unknown) => void) => {
        if (event === 'data') kit.defer(() => listener(Buffer.from(output)));
        if (event === 'end' || event === 'close') kit.defer(() => listener());
        return stream;
      },
    };
    const handle = {
      stdout: stream,
      stderr: { setEncoding: () => stream, on: () => stream },
      on: (event: string, listener: (code: number) => void) => {
        if (event === 'close' || event === 'exit') kit.defer(() => listener(0));
        return handle;
      },
    };
    if (typeof done === 'function') kit.defer(() => done(null, output, ''));
    return handle;
  };
  const callback = (...args: unknown[]): unknown => args.find((arg) => typeof arg === 'function');
  return {
    execSync: (command: unknown, options?: unknown) => shape(line(command), options),
    exec: (command: unknown, a?: unknown, b?: unknown) => child(line(command), callback(a, b)),
    execFileSync: (file: unknown, args?: unknown, options?: unknown) =>
      shape(direct(file, args, optionsOf(args, options)), optionsOf(args, options)),
    execFile: (file: unknown, args?: unknown, a?: unknown, b?: unknown) =>
      child(direct(file, args, optionsOf(args, a)), callback(args, a, b)),
    spawnSync: (file: unknown, args?: unknown, options?: unknown) => {
      const stdout = shape(direct(file, args, optionsOf(args, options)), optionsOf(args, options));
      return { status: 0, stdout, stderr: shape('', optionsOf(args, options)) };
    },
    spawn: (file: unknown, args?: unknown, options?: unknown) =>
      child(direct(file, args, optionsOf(args, options))),
  };
}
