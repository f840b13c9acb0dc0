/**
 * @file How a chat model fails when the failure concerns one question: an expected outcome that ends as a rejection reason.
 * What concerns the whole run (no key, wrong key) is a Vul2SafeError instead and stops it.
 */
import type { TeacherFailure } from './teacher.ts';

const MARKER = Symbol.for('vul2safe.chat-failure');

export class ChatFailure extends Error {
  readonly [MARKER] = true;
  readonly failure: TeacherFailure;
  readonly retryable: boolean;
  /** What the server asked for, e.g. by Retry-After. */
  readonly retryAfterMs: number | undefined;
  /** What the try cost: nothing, known use, or unknown because the server may have worked on it. */
  readonly spent: 'nothing' | 'unknown' | { readonly tokens: number; readonly usd: number };

  constructor(
    failure: TeacherFailure,
    message: string,
    options: {
      retryable: boolean;
      retryAfterMs?: number | undefined;
      spent?: ChatFailure['spent'];
    },
  ) {
    super(message);
    this.name = 'ChatFailure';
    this.failure = failure;
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.spent = options.spent ?? 'nothing';
  }

  static isInstance(value: unknown): value is ChatFailure {
    return typeof value === 'object' && value !== null && MARKER in value;
  }
}

/** An answer without text is worth another try, but it has been paid. */
export const emptyAnswer = (tokens: number, usd: number): ChatFailure =>
  new ChatFailure('teacher-malformed', 'the answer is empty', {
    retryable: true,
    spent: { tokens, usd },
  });

/** Milliseconds from a Retry-After header: seconds, or a date. Undefined when it says neither. */
export function retryAfterMs(header: string | null | undefined, nowMs: number): number | undefined {
  if (header === null || header === undefined || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

const LONGEST_DETAIL = 300;

/** A server's words for our files: without the key, on one line, short. */
export function safeDetail(text: string, key: string | undefined): string {
  let safe = key === undefined || key === '' ? text : text.replaceAll(key, '[key]');
  safe = safe
    .replace(/\b(?:sk|key|pk)-[\w-]{8,}/g, '[key]')
    .replace(/Bearer\s+\S+/gi, 'Bearer [key]');
  safe = safe.replace(/\s+/g, ' ').trim();
  return safe.length > LONGEST_DETAIL ? `${safe.slice(0, LONGEST_DETAIL)}...` : safe;
}
