/**
 * @file Limits under which tasks are judged. Honest programs need a small fraction; a program that hangs costs the whole of it, so they
 * are tight. JavaScript time is counted in interpreter steps, Python's and C's by the clock.
 */
import type { SandboxLimits } from '../sandbox/sandbox.ts';
import type { TaskLanguage } from './task-language.ts';

export const TASK_LIMITS: Readonly<Record<TaskLanguage, SandboxLimits>> = {
  javascript: { wallMs: 12, memoryMb: 16 },
  python: { wallMs: 1500, memoryMb: 128 },
  c: { wallMs: 3000, memoryMb: 256 },
};
