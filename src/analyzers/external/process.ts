/** @file Running another program: arguments as a list, never a shell; a time limit; what it wrote, whatever its exit status. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ProcessResult {
  /** null when it was killed. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** The program is not there. */
  readonly absent: boolean;
}

const MAXIMUM_OUTPUT_BYTES = 64 * 1024 * 1024;

export function runTool(
  program: string,
  args: readonly string[],
  options: { timeoutMs: number; cwd?: string },
): Promise<ProcessResult> {
  return new Promise((resolve) => {
    execFile(
      program,
      args,
      {
        timeout: options.timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: MAXIMUM_OUTPUT_BYTES,
        encoding: 'utf8',
        ...(options.cwd ? { cwd: options.cwd } : {}),
      },
      (error, stdout, stderr) => {
        const code = error && 'code' in error ? error.code : 0;
        resolve({
          status: error ? (typeof code === 'number' ? code : null) : 0,
          stdout,
          stderr,
          timedOut: error?.killed === true,
          absent: code === 'ENOENT' || code === 'EACCES',
        });
      },
    );
  });
}

/** The version a tool tells, or undefined where it is not installed. */
export async function probeVersion(
  program: string,
  args: readonly string[] = ['--version'],
): Promise<string | undefined> {
  const result = await runTool(program, args, { timeoutMs: 10_000 });
  if (result.absent || (result.status !== 0 && result.stdout === '')) return undefined;
  return /\d+(\.\d+)+/.exec(result.stdout + result.stderr)?.[0];
}

/** Gives a file of this text to `use` and removes it, its folder and what else was written there. */
export async function withTemporaryFile<T>(
  name: string,
  text: string,
  use: (file: string, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'vul2safe-scan-'));
  try {
    const file = join(folder, name);
    await writeFile(file, text);
    return await use(file, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
