/**
 * @file A `fetch` that has finished only when the whole body is here, for client libraries whose time limit ends with the
 * response's headers: a server that stalls in the middle of an answer then runs into that limit, too. And one that never
 * stops sending is cut off. The body is held in memory; not for streaming.
 */
import { ChatFailure } from './chat-failure.ts';

/** Bytes; far above the longest answer that is read (LONGEST_ANSWER characters with its wrapping). */
export const MOST_BODY_BYTES = 32 * 2 ** 20;

/** Statuses whose response may have no body. */
const BODILESS = new Set([101, 204, 205, 304]);

/** Throws what `fetch` throws (AbortError when the caller's signal fires), or ChatFailure for a flood. */
export async function fetchWhole(
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  const response = await fetch(input, init);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BODY_BYTES)
      throw new ChatFailure('teacher-malformed', `more than ${MOST_BODY_BYTES} bytes of answer`, {
        retryable: false,
        spent: 'unknown',
      });
    chunks.push(chunk);
  }
  const { status, statusText, headers } = response;
  const body = BODILESS.has(status) ? null : Buffer.concat(chunks);
  return new Response(body, { status, statusText, headers });
}

/** The failure that stopped `fetchWhole`, which client libraries wrap into one of their own. */
export const floodIn = (thrown: unknown): ChatFailure | undefined =>
  thrown instanceof Error && ChatFailure.isInstance(thrown.cause) ? thrown.cause : undefined;
