/** @file A Hono application on a socket, and its graceful end: no new connections, those under way finish. */
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { usageError } from '../../kernel/errors.ts';

export interface RunningServer {
  readonly url: string;
  /** Waits for requests under way, at most the given time. */
  close(graceMs?: number): Promise<void>;
}

/** @param port 0 = any free one. @throws usageError when the address cannot be used. */
export async function listen(app: Hono, host: string, port: number): Promise<RunningServer> {
  const server: Server = createServer(getRequestListener(app.fetch));
  // Long polls and the first call of a shape take their time; slow senders do not get forever.
  server.requestTimeout = 120_000;
  server.headersTimeout = 30_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        usageError(`cannot listen on ${host}:${port}: ${error.message}`, 'choose another --port'),
      ),
    );
    server.listen({ host, port, backlog: 4096 }, resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    close: (graceMs = 10_000) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}
