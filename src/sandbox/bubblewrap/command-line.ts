/** @file The bubblewrap command line: what of the machine a generated program sees. Everything not named here is absent. */
import { existsSync } from 'node:fs';
import type { BubblewrapTools } from './tools.ts';

/** Descriptor the seccomp filter is read from. */
export const SECCOMP_DESCRIPTOR = 4;

const TMP_BYTES = 64 * 1024 * 1024;
const SHARED_MEMORY_BYTES = 16 * 1024 * 1024;

/**
 * How the process is to be started where we are root: as nobody, in no supplementary group. Bubblewrap then forbids itself and
 * what it starts to gain privileges, and drops the capabilities it got in its own user namespace.
 */
export const UNPRIVILEGED: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** bwrap and its arguments before the command itself. */
export function bubblewrapArguments(tools: BubblewrapTools, withSeccomp: boolean): string[] {
  const links = ['lib', 'lib64', 'lib32', 'bin', 'sbin']
    .filter((name) => existsSync(`/usr/${name}`))
    .flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]);
  // The dynamic linker's cache and the links behind names such as `cc`; nothing else of /etc.
  const configuration = ['/etc/alternatives', '/etc/ld.so.cache', '/etc/ld.so.conf']
    .filter((path) => existsSync(path))
    .flatMap((path) => ['--ro-bind', path, path]);
  return [
    tools.bwrap,
    '--unshare-all',
    ...(tools.canDisableUserNamespaces ? ['--unshare-user', '--disable-userns'] : []),
    '--die-with-parent',
    '--as-pid-1',
    '--new-session',
    '--cap-drop',
    'ALL',
    '--ro-bind',
    '/usr',
    '/usr',
    ...links,
    ...configuration,
    ...tools.readOnlyFolders.flatMap((folder) => ['--ro-bind', folder, folder]),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    ...(tools.canLimitTmpfs ? ['--size', String(SHARED_MEMORY_BYTES)] : []),
    '--tmpfs',
    '/dev/shm',
    ...(tools.canLimitTmpfs ? ['--size', String(TMP_BYTES)] : []),
    '--tmpfs',
    '/tmp',
    // The root and /dev are memory file systems of their own, without a size: nobody may write there.
    '--remount-ro',
    '/dev',
    '--remount-ro',
    '/',
    '--chdir',
    '/tmp',
    '--clearenv',
    '--setenv',
    'PATH',
    '/usr/local/bin:/usr/bin:/bin',
    '--setenv',
    'LANG',
    'C.UTF-8',
    '--hostname',
    'sandbox',
    ...(withSeccomp ? ['--seccomp', String(SECCOMP_DESCRIPTOR)] : []),
  ];
}
