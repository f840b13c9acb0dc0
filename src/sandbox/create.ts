/** @file The sandboxes by language. Where none can contain a language here, it is refused with what to install, never run openly. */
import type { Language } from '../data/vulnerable-function.ts';
import { missingError } from '../kernel/errors.ts';
import { createQuickJsSandbox } from './quickjs/quickjs-sandbox.ts';
import type { Sandbox } from './sandbox.ts';

export async function openSandbox(language: Language): Promise<Sandbox> {
  if (language === 'javascript') return createQuickJsSandbox();
  throw missingError(
    `no sandbox here can contain ${language} programs, so they are not run`,
    language === 'python' || language === 'c' || language === 'cpp'
      ? 'install bubblewrap (bwrap) with user namespaces enabled, and python3 or gcc'
      : 'judge these programs by analyzers instead',
  );
}
