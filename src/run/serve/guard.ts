/**
 * @file Who may talk to a server of ours. On loopback anyone of this machine; on any other address a token is wanted, and
 * without one the server does not start. Requests with a body must say they are JSON (or another type that
 * browsers do not send unasked), so that a web page open in a browser here cannot send any.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';
import { missingError } from '../../kernel/errors.ts';

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** @throws missingError (exit 3) when a token is needed and there is none. */
export function requireTokenFor(host: string, token: string | undefined): void {
  if (!isLoopback(host) && !token)
    throw missingError(
      `listening on ${host} lets other machines in, and there is no token to tell friends from strangers`,
      'set VUL2SAFE_SERVE_TOKEN, or listen on 127.0.0.1',
    );
}

/** The token comes as `Authorization: Bearer` or `X-API-Key`. Open paths need none. */
export function guard(
  token: string | undefined,
  openPaths: readonly string[],
  bodyTypes: readonly string[] = ['application/json'],
): MiddlewareHandler {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const wanted = token ? digest(token) : undefined;
  return async (context, next) => {
    if (wanted && !openPaths.includes(context.req.path)) {
      const given =
        context.req.header('x-api-key') ??
        context.req.header('authorization')?.replace(/^Bearer /i, '') ??
        '';
      if (!timingSafeEqual(digest(given), wanted))
        return context.json({ detail: 'a valid token is needed' }, 401);
    }
    const type = context.req.header('content-type') ?? '';
    if (context.req.method === 'POST' && !bodyTypes.some((name) => type.includes(name)))
      return context.json({ detail: `send content-type: ${bodyTypes.join(' or ')}` }, 415);
    return next();
  };
}
