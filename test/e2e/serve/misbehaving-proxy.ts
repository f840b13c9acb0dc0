/**
 * @file A network as bad as it gets, between a client and a server: requests lost before and answers lost after the server
 * had them, 429, 408, 500, try_again, the same request delivered twice at once or again much later, slow answers.
 * Which fault meets which exchange follows from a seed.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../../../src/kernel/random.ts';

export interface MisbehavingProxy {
  readonly url: string;
  /** Where requests go from now on. */
  target: string;
  /** How often each fault happened. */
  readonly faults: Record<string, number>;
  close(): void;
}

const FAULTS = [
  'lost-request',
  'lost-answer',
  'status-429',
  'status-408',
  'status-500',
  'try-again',
  'delivered-twice',
  'delivered-again-later',
  'slow',
] as const;

/** @param share of exchanges that go wrong. */
export async function startMisbehavingProxy(
  target: string,
  share: number,
  seed: number,
): Promise<MisbehavingProxy> {
  const random = createRandom('misbehaving proxy', seed);
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: MisbehavingProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target,
    faults: {},
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    const path = request.url ?? '/';
    const forward = async (): Promise<{ status: number; text: string }> => {
      const answer = await fetch(`${proxy.target}${path}`, {
        method: request.method ?? 'GET',
        headers: { 'content-type': 'application/json' },
        ...(request.method === 'POST' ? { body } : {}),
      });
      return { status: answer.status, text: await answer.text() };
    };
    const reply = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    };
    const fault = random.chance(share) ? random.pick(FAULTS) : undefined;
    if (fault) proxy.faults[fault] = (proxy.faults[fault] ?? 0) + 1;
    switch (fault) {
      case 'lost-request':
        response.destroy();
        return;
      case 'lost-answer':
        await forward();
        response.destroy();
        return;
      case 'status-429':
        return reply(429, '{"detail":"slow down"}');
      case 'status-408':
        return reply(408, '{"detail":"timeout"}');
      case 'status-500':
        return reply(500, 'Internal Server Error');
      case 'try-again':
        if (path.endsWith('retrieve_future')) return reply(200, '{"type":"try_again"}');
        break;
      case 'delivered-twice': {
        const [, second] = await Promise.all([forward(), forward()]);
        return reply(second.status, second.text);
      }
      case 'delivered-again-later':
        delay(150)
          .then(forward)
          .catch(() => undefined);
        break;
      case 'slow':
        await delay(20);
        break;
    }
    const { status, text } = await forward();
    reply(status, text);
  }
  return proxy;
}
