/** @file Where generated code may run: QuickJS is tried with a program, bubblewrap reports its own probe. */
import { messageOf } from '../../kernel/errors.ts';
import type { BubblewrapProbe } from '../../sandbox/bubblewrap/probe.ts';
import type { Check } from './check.ts';

export async function quickJsCheck(tryQuickJs: () => Promise<void>): Promise<Check> {
  const about = {
    area: 'sandbox',
    name: 'quickjs (JavaScript)',
    adds: 'runs JavaScript tasks in WebAssembly with virtual files, network and database',
  } as const;
  try {
    await tryQuickJs();
    return { ...about, status: 'ready', detail: 'ran a program' };
  } catch (error) {
    const install = 'run npm ci again';
    return { ...about, status: 'missing', detail: messageOf(error), install };
  }
}

export function bubblewrapChecks(probe: BubblewrapProbe): Check[] {
  const python = {
    area: 'sandbox',
    name: 'bubblewrap (Python)',
    adds: 'runs Python tasks as an unprivileged user without network or files',
  } as const;
  const c = {
    area: 'sandbox',
    name: 'bubblewrap (C)',
    adds: 'compiles and runs C tasks there, with sanitizers where clang or gcc has them',
  } as const;
  if (!probe.available) {
    const { reason, hint } = probe;
    const absent = { status: 'missing', detail: reason, install: hint } as const;
    return [
      { ...python, ...absent },
      { ...c, ...absent },
    ];
  }
  const { tools, remarks } = probe;
  const remark = remarks.length > 0 ? `; ${remarks.join('; ')}` : '';
  const compilers = [tools.gcc, tools.clang].filter((path) => path !== null);
  return [
    {
      ...python,
      status: remarks.length > 0 ? 'limited' : 'ready',
      detail: `${tools.bwrap} with ${tools.python}, user namespaces work${remark}`,
      ...(remarks.length > 0 ? { install: 'see the remark; tasks run all the same' } : {}),
    },
    compilers.length > 0
      ? { ...c, status: 'ready', detail: compilers.join(', ') }
      : {
          ...c,
          status: 'missing',
          detail: 'neither gcc nor clang in /usr/bin',
          install: 'Debian/Ubuntu: apt install gcc; Fedora: dnf install gcc',
        },
  ];
}
