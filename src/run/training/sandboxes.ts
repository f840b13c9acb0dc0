/** @file One sandbox per language, opened when first needed, closed together; and the limits programs run under here. */
import type { Language } from '../../data/vulnerable-function.ts';
import { openSandbox } from '../../sandbox/create.ts';
import type { Sandbox, SandboxLimits } from '../../sandbox/sandbox.ts';

/** For the short programs of embedded tasks. */
export const TASK_LIMITS: SandboxLimits = { wallMs: 500, memoryMb: 32 };

export interface Sandboxes {
  sandboxFor(language: Language): Promise<Sandbox>;
  close(): Promise<void>;
}

export function openSandboxes(): Sandboxes {
  const open = new Map<Language, Promise<Sandbox>>();
  return {
    sandboxFor(language) {
      const known = open.get(language) ?? openSandbox(language);
      open.set(language, known);
      return known;
    },
    async close() {
      for (const sandbox of open.values()) await (await sandbox).close();
    },
  };
}
