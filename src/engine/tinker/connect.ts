/**
 * @file Opening a model on a Tinker server: session, heartbeat, capabilities, the model itself. The heartbeat goes every
 * 10 s, since servers unload the models of sessions they have not heard of for minutes.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { usageError } from '../../kernel/errors.ts';
import { createEmbeddedEngine } from '../embedded/create.ts';
import type { EngineCapabilities } from '../training-engine.ts';
import { tinkerKeyFor } from './api-key.ts';
import { unpackInto } from './archive.ts';
import { type Clock, systemClock } from './clock.ts';
import { RemoteModel } from './remote-model.ts';
import {
  HABITS,
  kindByAddress,
  probeReduction,
  SERVER_KINDS,
  type ServerHabits,
  type ServerKind,
} from './server-kind.ts';
import { TinkerEngine } from './tinker-engine.ts';
import { createTransport, type Transport } from './transport.ts';
import { capabilitiesSchema, type ServerDescription } from './wire.ts';

export interface TinkerOptions {
  readonly url: string;
  /** As the server names it; the first it supports when left out. */
  readonly baseModel?: string;
  readonly lora?: { readonly rank: number; readonly alpha?: number };
  readonly seed?: number;
  /** How the server treats losses; asked of the server, or found out, when left out. */
  readonly server?: ServerKind;
  /** For servers that do not say. Tokens at or above it are refused before sending. */
  readonly vocabularySize?: number;
  /** For servers that do not say. Default 4096. */
  readonly maxSequenceTokens?: number;
  /** Holds the base model's weights: exportModel then merges the adapter into them. */
  readonly baseFolder?: string;
  /** Default: from the environment. */
  readonly apiKey?: string;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  readonly heartbeatMs?: number;
  readonly exchangeTimeoutMs?: number;
  readonly patienceMs?: number;
}

const sessionSchema = z.object({ session_id: z.string() });

/** VUL2SAFE_TINKER_SERVER, checked. */
export function serverKindFromEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ServerKind | undefined {
  const given = environment.VUL2SAFE_TINKER_SERVER;
  if (!given) return undefined;
  const kind = SERVER_KINDS.find((name) => name === given);
  if (!kind)
    throw usageError(
      `VUL2SAFE_TINKER_SERVER is "${given}"`,
      `expected one of ${SERVER_KINDS.join(', ')}`,
    );
  return kind;
}

/** @throws missingError (key refused), usageError (what the server cannot do), and what the transport throws. */
export async function connectTinkerEngine(options: TinkerOptions): Promise<TinkerEngine> {
  if (!URL.canParse(options.url) || !/^https?:/.test(options.url))
    throw usageError(`"${options.url}" is no http address`, 'give one like http://127.0.0.1:8000');
  const clock = options.clock ?? systemClock;
  const apiKey = options.apiKey ?? tinkerKeyFor(options.url);
  const shared = {
    url: options.url,
    clock,
    ...(apiKey ? { apiKey } : {}),
    ...(options.fetch ? { fetch: options.fetch } : {}),
  };
  const transport = createTransport({
    ...shared,
    ...(options.exchangeTimeoutMs ? { exchangeTimeoutMs: options.exchangeTimeoutMs } : {}),
    ...(options.patienceMs ? { patienceMs: options.patienceMs } : {}),
  });
  const hasty = createTransport({ ...shared, exchangeTimeoutMs: 5000, patienceMs: 1000 });
  const server = z.parse(capabilitiesSchema, await transport.get('get_server_capabilities'));
  const offered = server.supported_models.find(
    ({ model_name }) => options.baseModel === undefined || model_name === options.baseModel,
  );
  if (!offered)
    throw usageError(
      `the server has no model "${options.baseModel ?? ''}"`,
      `it has ${server.supported_models.map(({ model_name }) => model_name).join(', ') || 'none'}`,
    );
  const session = z.parse(
    sessionSchema,
    await transport.call('create_session', {
      tags: ['vul2safe'],
      user_metadata: null,
      sdk_version: 'vul2safe',
      type: 'create_session',
    }),
  );
  const beat = { session_id: session.session_id, type: 'session_heartbeat' };
  const stopHeartbeat = clock.every(options.heartbeatMs ?? 10_000, () => {
    hasty.call('session_heartbeat', beat).catch(() => undefined);
  });
  try {
    let models = 0;
    const createModel = (): Promise<RemoteModel> =>
      RemoteModel.create(transport, hasty, {
        sessionId: session.session_id,
        sequence: models++,
        baseModel: offered.model_name,
        lora: {
          rank: options.lora?.rank ?? 32,
          seed: options.seed ?? 0,
          // Other servers fix alpha at 32, and may refuse a field they do not know.
          ...(server.vul2safe && options.lora?.alpha ? { alpha: options.lora.alpha } : {}),
        },
      });
    const habits = server.vul2safe
      ? habitsOf(server.vul2safe)
      : await findHabits(options, transport, createModel);
    const capabilities: EngineCapabilities = {
      name: 'tinker',
      losses: habits.losses.filter((name) => server.supported_loss_fns?.includes(name) ?? true),
      critic: false,
      lossReduction: habits.lossReduction,
      gradientClipping: habits.gradientClipping,
      maxSequenceTokens:
        server.vul2safe?.max_sequence_tokens ??
        options.maxSequenceTokens ??
        offered.max_context_length ??
        4096,
      vocabularySize: server.vul2safe?.vocabulary_size ?? options.vocabularySize ?? 256,
    };
    return new TinkerEngine({
      capabilities,
      takesMask: habits.takesMask,
      takesRequestIndex: server.vul2safe?.request_index ?? false,
      takesMixedStops: server.vul2safe?.mixed_stops ?? false,
      canClearGradients: server.vul2safe?.clear_gradients ?? false,
      model: await createModel(),
      createModel,
      exportTo: (model, folder) => exportModel(model, folder, options.baseFolder),
      release: async () => stopHeartbeat(),
    });
  } catch (thrown) {
    stopHeartbeat();
    throw thrown;
  }
}

const habitsOf = (server: ServerDescription): ServerHabits => ({
  losses: server.losses,
  lossReduction: server.loss_reduction,
  gradientClipping: server.gradient_clipping,
  takesMask: true,
});

async function findHabits(
  options: TinkerOptions,
  transport: Transport,
  createModel: () => Promise<RemoteModel>,
): Promise<ServerHabits> {
  const kind = options.server ?? serverKindFromEnvironment() ?? kindByAddress(options.url);
  if (kind) return HABITS[kind];
  const trial = await createModel();
  const reduction = await probeReduction(transport, trial.id);
  await trial.unload();
  return HABITS[reduction === 'sum' ? 'skyrl-fsdp' : 'skyrl-jax'];
}

async function exportModel(
  model: RemoteModel,
  folder: string,
  baseFolder: string | undefined,
): Promise<void> {
  let name = model.newName();
  await model.save('save_weights_for_sampler', () => {
    name = model.newName();
    return name;
  });
  const archive = await model.downloadCheckpoint(name.path);
  const mergeable = baseFolder !== undefined && existsSync(join(baseFolder, 'config.json'));
  const aside = mkdtempSync(join(tmpdir(), 'vul2safe-adapter-'));
  try {
    unpackInto(aside, archive);
    if (!mergeable || !existsSync(join(aside, 'adapter_config.json'))) {
      unpackInto(folder, archive);
      return;
    }
    const merged = await createEmbeddedEngine({
      model: { folder: baseFolder },
      lora: { rank: 1, alpha: 1, adapterFolder: aside },
    });
    await merged.exportModel(folder);
    await merged.close();
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
