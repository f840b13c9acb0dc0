/** @file The sandboxes by language. Where none can contain a language here, it is refused with what to install, never run openly. */
import type { Language } from '../data/vulnerable-function.ts';
import { missingError } from '../kernel/errors.ts';
import { createBubblewrapSandbox } from './bubblewrap/sandbox.ts';
import { createQuickJsSandbox } from './quickjs/quickjs-sandbox.ts';
import { createWorkerSandbox, workersRunHere } from './quickjs/worker-sandbox.ts';
import type { Sandbox } from './sandbox.ts';

/** Throws a "missing" error that says what to install where the language cannot be contained here. */
export async function openSandbox(language: Language): Promise<Sandbox> {
  // Source files under a test runner cannot be started as workers in Node 20; the sandbox then runs in this thread.
  if (language === 'javascript')
    return workersRunHere() ? createWorkerSandbox() : createQuickJsSandbox();
  if (language === 'python' || language === 'c' || language === 'cpp') {
    const sandbox = createBubblewrapSandbox();
    if (sandbox.languages.includes(language)) return sandbox;
    await sandbox.close();
    throw missingError(`${language} programs cannot be run here`, 'install gcc or clang');
  }
  throw missingError(
    `no sandbox can contain ${language} programs, so they are not run`,
    'judge these programs by analyzers instead',
  );
}
