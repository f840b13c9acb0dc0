/** @file One sandbox per language, opened when first needed, closed together; and the limits programs run under here. */
import type { Language } from '../../data/vulnerable-function.ts';
import { openSandbox } from '../../sandbox/create.ts';
import type { Sandbox, SandboxLimits } from '../../sandbox/sandbox.ts';
import { TASK_LIMITS } from '../../tasks/limits.ts';

/** The families' own limits where they have some; a second and 128 MB for tasks in other languages. */
export const limitsFor = (language: Language): SandboxLimits =>
  language in TASK_LIMITS
    ? TASK_LIMITS[language as keyof typeof TASK_LIMITS]
    : { wallMs: 1000, memoryMb: 128 };

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
