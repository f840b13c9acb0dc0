/** @file What a program in the sandbox finds around it: environment variables and the files of its task's world. */
import { inputError } from '../../kernel/errors.ts';
import type { ProgramRun } from '../sandbox.ts';

export const defaultEnvironment = (extra: Readonly<Record<string, string>> = {}) => ({
  PATH: '/usr/local/bin:/usr/bin:/bin',
  HOME: '/tmp',
  TMPDIR: '/tmp',
  LANG: 'C.UTF-8',
  USER: 'sandbox',
  LOGNAME: 'sandbox',
  PYTHONHASHSEED: '0',
  PYTHONDONTWRITEBYTECODE: '1',
  ...extra,
});

/** The world's files, all under /tmp: an absolute path elsewhere cannot be made in a read-only root. */
export function worldFiles(run: Pick<ProgramRun, 'world'>): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [path, text] of Object.entries(run.world.files ?? {})) {
    const relative = path.startsWith('/tmp/') ? path.slice(5) : path;
    if (relative.startsWith('/') || relative.split('/').includes('..'))
      throw inputError(`the task's file "${path}" lies outside /tmp`, 'use paths relative to /tmp');
    files[relative] = text;
  }
  return files;
}
