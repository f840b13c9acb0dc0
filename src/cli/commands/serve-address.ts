/** @file What the servers share on the command line: an address, and running until interrupted. */
import type { Command } from 'commander';
import type { RunningServer } from '../../run/serve/listen.ts';
import { createIo } from '../io.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
  /** From VUL2SAFE_SERVE_TOKEN. */
  readonly token?: string;
}

export interface ServeFlags {
  host: string;
  port: string;
  json?: boolean;
}

export const withAddress = (command: Command, port: number): Command =>
  command
    .option('--host <address>', 'beyond loopback VUL2SAFE_SERVE_TOKEN must be set', '127.0.0.1')
    .option('--port <number>', '0 = any free one', String(port))
    .option('--json', 'print {"url"} when listening');

export async function serveUntilInterrupted(
  flags: ServeFlags,
  start: (address: Address) => Promise<RunningServer>,
): Promise<void> {
  const io = createIo(flags);
  const token = process.env.VUL2SAFE_SERVE_TOKEN;
  const server = await start({
    host: flags.host,
    port: Number(flags.port),
    ...(token ? { token } : {}),
  });
  io.say(`listening on ${server.url} (interrupt to stop)`);
  io.json({ url: server.url });
  if (!io.signal.aborted)
    await new Promise<void>((resolve) => {
      io.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  await server.close();
}
