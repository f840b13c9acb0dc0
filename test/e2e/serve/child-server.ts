/** @file `vul2safe serve ...` in a process of its own, that can be killed without warning. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export interface ChildServer {
  readonly url: string;
  readonly process: ChildProcess;
  /** Resolves with the exit status, or the signal's name. */
  end(signal: NodeJS.Signals): Promise<number | string>;
}

const root = join(import.meta.dirname, '..', '..', '..');
/** Builds where sources are newer. Once: a restart in the middle of a test must be quick. */
let built = false;

export async function startChildServer(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<ChildServer> {
  if (!built) spawnSync(process.execPath, [join(root, 'bin', 'vul2safe.mjs'), '--version']);
  built = true;
  const program = join(root, 'dist', 'cli', 'main.js');
  const child = spawn(process.execPath, [program, 'serve', ...args, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  const ended = new Promise<number | string>((resolve) => {
    child.on('exit', (status, signal) => resolve(status ?? signal ?? 'gone'));
  });
  const url = await new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.on('data', (text: Buffer) => {
      output += text.toString();
      const line = output.split('\n').find((part) => part.startsWith('{"url"'));
      if (line) resolve((JSON.parse(line) as { url: string }).url);
    });
    ended.then((status) => reject(new Error(`the server ended (${status}): ${errors}`)));
  });
  return {
    url,
    process: child,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}
