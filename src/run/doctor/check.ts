/**
 * @file One line of the doctor's report, and the means its probes are given: an environment, a way to find programs and
 * a way to run them. Probes find out by doing (a program may be on PATH and not start), and never throw: a probe that
 * fails says so in its own line.
 */
import { spawn } from 'node:child_process';
import { findExecutable } from '../../sandbox/bubblewrap/probe.ts';

export type CheckArea = 'machine' | 'engine' | 'sandbox' | 'analyzers' | 'teachers' | 'optional';

export interface Check {
  readonly area: CheckArea;
  readonly name: string;
  /** limited: there, but not all of it works. */
  readonly status: 'ready' | 'limited' | 'missing';
  /** Version, size, path, or why not. */
  readonly detail: string;
  /** What it is good for here. */
  readonly adds: string;
  /** What to do to get it; only where something is missing. */
  readonly install?: string;
}

interface ToolResult {
  /** null when it did not start or was stopped. */
  readonly status: number | null;
  /** Standard output and error together. */
  readonly output: string;
}

export interface ProbeMeans {
  readonly environment: Readonly<Record<string, string | undefined>>;
  findTool(name: string): string | null;
  runTool(path: string, args: readonly string[]): Promise<ToolResult>;
}

const TOOL_TIMEOUT_MS = 10_000;
const OUTPUT_LIMIT_CHARACTERS = 20_000;

/** The machine itself. */
export const machineMeans = (): ProbeMeans => ({
  environment: process.env,
  findTool: (name) => findExecutable(name),
  runTool: (path, args) =>
    new Promise((resolve) => {
      let output = '';
      const child = spawn(path, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: TOOL_TIMEOUT_MS,
        env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', HOME: process.env.HOME ?? '/' },
      });
      const collect = (chunk: Buffer): void => {
        if (output.length < OUTPUT_LIMIT_CHARACTERS) output += chunk.toString('utf8');
      };
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      child.on('error', (error) => resolve({ status: null, output: error.message }));
      child.on('close', (status) => resolve({ status, output }));
    }),
});

/** The first dotted number of a tool's version output, e.g. 2.10; undefined when there is none. */
export const versionIn = (output: string): string | undefined =>
  /\d+\.\d+(?:\.\d+)*/.exec(output)?.[0];
