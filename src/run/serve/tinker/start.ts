/** @file The embedded engine as a Tinker server: service, routes and socket together. */
import { basename, resolve } from 'node:path';
import { requireTokenFor } from '../guard.ts';
import { listen, type RunningServer } from '../listen.ts';
import { createTinkerApp } from './app.ts';
import type { TinkerServiceOptions } from './options.ts';
import { TinkerService } from './service.ts';

export interface TinkerServerOptions
  extends Omit<TinkerServiceOptions, 'folder' | 'modelName' | 'full'> {
  /** A Hugging Face folder. */
  readonly model: string;
  /** As clients name it; the folder's name when left out. */
  readonly name?: string;
  /** Train all weights in place of LoRA. Default false. */
  readonly full?: boolean;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free one. */
  readonly port?: number;
  /** Wanted of every client where given; needed beyond loopback. */
  readonly token?: string;
  readonly pollMs?: number;
}

/** @throws missingError beyond loopback without a token; inputError when the model folder is not sound. */
export async function startTinkerServer(options: TinkerServerOptions): Promise<RunningServer> {
  const host = options.host ?? '127.0.0.1';
  requireTokenFor(host, options.token);
  const service = await TinkerService.open({
    ...options,
    folder: options.model,
    modelName: options.name ?? basename(resolve(options.model)),
    full: options.full ?? false,
  });
  const app = createTinkerApp(service, options);
  try {
    const server = await listen(app, host, options.port ?? 0);
    return {
      url: server.url,
      close: async (graceMs) => {
        const closed = server.close(graceMs);
        await service.close();
        await closed;
      },
    };
  } catch (thrown) {
    await service.close();
    throw thrown;
  }
}
