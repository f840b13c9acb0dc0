/**
 * @file Checkpoints over HTTP: list, describe, download, delete. A checkpoint is named `weights/NAME` or
 * `sampler_weights/NAME`; downloads also take the bare name, as some servers want it, since only sampler weights travel.
 */
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { packFolder } from '../../../engine/tinker/archive.ts';
import { Refusal } from './refusal.ts';
import { type CheckpointAddress, parseAddress } from './requests.ts';
import type { TinkerService } from './service.ts';

export function checkpointRoutes(service: TinkerService): Hono {
  const app = new Hono();
  const { checkpoints } = service;

  const addressOf = (context: Context, defaultKind?: CheckpointAddress['kind']) => {
    const { id, kind = defaultKind, name } = context.req.param() as Record<string, string>;
    const address = parseAddress(`tinker://${id}/${kind}/${name}`);
    if (!address)
      throw new Refusal(
        400,
        `"${kind ?? ''}/${name}": expected weights/NAME or sampler_weights/NAME`,
      );
    if (!checkpoints.exists(address))
      throw new Refusal(404, `no checkpoint ${kind}/${name} of ${id}`);
    return address;
  };

  for (const path of ['training_runs', 'models'])
    app.get(`/${path}/:id/checkpoints`, (context) => {
      const id = context.req.param('id');
      if (!/^[a-zA-Z0-9_-]+$/.test(id)) throw new Refusal(404, 'no such model');
      return context.json({ checkpoints: checkpoints.list(id) });
    });

  const download = (context: Context): Response => {
    const address = addressOf(context, 'sampler_weights');
    if (address.kind !== 'sampler_weights')
      throw new Refusal(400, 'only sampler weights can be downloaded');
    const archive = new Uint8Array(packFolder(checkpoints.path(address)));
    return context.body(archive, 200, { 'content-type': 'application/gzip' });
  };
  /** SDKs expect to be sent elsewhere for the file. */
  const archive = (context: Context): Response => {
    addressOf(context, 'sampler_weights');
    const file = new URL(context.req.url);
    file.pathname = file.pathname.replace(/archive$/, 'download');
    return context.redirect(file.href, 302);
  };
  for (const checkpoint of [':name', ':kind/:name']) {
    app.get(`/training_runs/:id/checkpoints/${checkpoint}/archive`, archive);
    app.get(`/training_runs/:id/checkpoints/${checkpoint}/download`, download);
  }

  app.delete('/training_runs/:id/checkpoints/:kind/:name', async (context) => {
    await service.removeCheckpoint(addressOf(context));
    return context.body(null, 204);
  });
  app.delete('/training_runs/:id/checkpoints/:name', (context) => {
    throw new Refusal(
      400,
      `"${context.req.param('name')}": expected weights/NAME or sampler_weights/NAME`,
    );
  });

  app.post('/weights_info', async (context) => {
    const { tinker_path: path } = z
      .object({ tinker_path: z.string() })
      .parse(await context.req.json());
    const address = parseAddress(path);
    if (address?.kind !== 'weights')
      throw new Refusal(400, `"${path}": expected tinker://MODEL/weights/NAME`);
    const shape = checkpoints.exists(address) && checkpoints.shapeOf(address);
    if (!shape) throw new Refusal(404, `no checkpoint ${path} here`);
    return context.json({
      base_model: service.options.modelName,
      is_lora: Boolean(shape.lora_config),
      lora_rank: shape.lora_config?.rank ?? null,
    });
  });
  return app;
}
