/**
 * @file What bubblewrap can do on this machine, found out by doing it once: tools on PATH, user namespaces, the Python
 * that runs inside, compilers. Many containers and Ubuntu 24.04 forbid user namespaces; then there is no sandbox and we
 * say so, since running generated code as the user is no alternative.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { bubblewrapArguments, UNPRIVILEGED } from './command-line.ts';
import type { BubblewrapTools } from './tools.ts';

export type BubblewrapProbe =
  | {
      readonly available: true;
      readonly tools: BubblewrapTools;
      readonly remarks: readonly string[];
    }
  | { readonly available: false; readonly reason: string; readonly hint: string };

/** The first executable of that name on PATH or in the usual places. */
export function findExecutable(name: string, path = process.env.PATH ?? ''): string | null {
  for (const folder of [...path.split(delimiter), '/usr/bin', '/bin', '/usr/local/bin']) {
    if (folder === '') continue;
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here; look further.
    }
  }
  return null;
}

/** Inside /usr everything is visible in the sandbox; elsewhere a tool would not be found. */
const insideUsr = (path: string | null): string | null =>
  path !== null && /^\/(usr|bin)\//.test(path) && existsSync(path) ? path : null;

function pythonCandidates(): string[] {
  const found = [
    process.env.VUL2SAFE_PYTHON,
    '/usr/bin/python3',
    '/usr/local/bin/python3',
    findExecutable('python3'),
  ];
  return [...new Set(found.filter((path): path is string => !!path && existsSync(path)))];
}

interface Python {
  readonly executable: string;
  readonly folders: readonly string[];
  readonly path: readonly string[];
}

function resolvePython(candidate: string): Python | null {
  const asked = spawnSync(
    candidate,
    ['-I', '-c', 'import sys; print(sys.executable, sys.base_prefix, *sys.path, sep=chr(10))'],
    { encoding: 'utf8', timeout: 10_000 },
  );
  const [executable, prefix, ...path] = (asked.stdout ?? '').trim().split('\n');
  if (asked.status !== 0 || !executable || !prefix) return null;
  const real = realpathSync(executable);
  return {
    executable: real,
    folders: real.startsWith('/usr/') ? [] : [realpathSync(prefix)],
    path: path.filter((folder) => folder !== ''),
  };
}

let remembered: BubblewrapProbe | undefined;

/** Runs once per process; the answer does not change while we run. */
export function probeBubblewrap(): BubblewrapProbe {
  remembered ??= probe();
  return remembered;
}

function probe(): BubblewrapProbe {
  if (process.platform !== 'linux')
    return {
      available: false,
      reason: `bubblewrap needs Linux, this is ${process.platform}`,
      hint: 'JavaScript tasks run everywhere in QuickJS; for Python and C use a Linux machine or container',
    };
  const bwrap = findExecutable('bwrap');
  if (bwrap === null)
    return {
      available: false,
      reason: 'bwrap is not on PATH',
      hint: 'install bubblewrap (Debian/Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap)',
    };
  const pythons = pythonCandidates();
  if (pythons.length === 0)
    return {
      available: false,
      reason: 'python3, which supervises programs inside the sandbox, is not on PATH',
      hint: 'install python3 (Debian/Ubuntu: apt install python3)',
    };
  let lastError = '';
  for (const candidate of pythons) {
    const python = resolvePython(candidate);
    if (python === null) continue;
    for (const modern of [true, false]) {
      const tools: BubblewrapTools = {
        bwrap,
        python: python.executable,
        pythonPath: python.path,
        gcc: insideUsr(findExecutable('gcc')),
        clang: insideUsr(findExecutable('clang')),
        node: insideUsr(findExecutable('node')),
        readOnlyFolders: python.folders,
        canDisableUserNamespaces: modern,
        canLimitTmpfs: modern,
      };
      const [command, ...rest] = [
        ...bubblewrapArguments(tools, false),
        tools.python,
        ...['-I', '-S', '-B', '-c', 'import os; print(os.getuid())'],
      ];
      const tried = spawnSync(command!, rest, {
        encoding: 'utf8',
        timeout: 15_000,
        ...UNPRIVILEGED,
      });
      if (tried.status === 0 && tried.stdout.trim() !== '0')
        return { available: true, tools, remarks: remarksOn(tools) };
      lastError = (tried.stderr || tried.error?.message || 'no answer').trim().split('\n').pop()!;
    }
  }
  return {
    available: false,
    reason: `bubblewrap does not start here: ${lastError}`,
    hint: 'allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, on Ubuntu 24.04 also kernel.apparmor_restrict_unprivileged_userns=0; in Docker: --security-opt seccomp=unconfined)',
  };
}

function remarksOn(tools: BubblewrapTools): string[] {
  const remarks: string[] = [];
  if (!tools.canLimitTmpfs)
    remarks.push('this bubblewrap cannot cap its memory file systems; 0.8 or newer can');
  if (!['x64', 'arm64'].includes(process.arch))
    remarks.push(`no system-call filter for ${process.arch}`);
  if (tools.gcc === null && tools.clang === null)
    remarks.push('neither gcc nor clang in /usr/bin: C programs cannot be run (install gcc)');
  return remarks;
}
