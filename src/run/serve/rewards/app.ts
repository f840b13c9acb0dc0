/** @file The reward service over HTTP: rewards, OpenRLHF's shape of them, health, metrics, OpenAPI. Errors are {"detail"}. */
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { ZodError, z } from 'zod';
import { guard } from '../guard.ts';
import { Refusal } from '../tinker/refusal.ts';
import { Batcher } from './batcher.ts';
import type { AnswerJudge } from './judge-answers.ts';
import { RewardMetrics } from './metrics.ts';
import {
  LARGEST_BATCH,
  openApiDocument,
  openRlhfSchema,
  type RewardAnswer,
  type RewardItem,
  rewardItemSchema,
} from './wire.ts';

export interface RewardAppOptions {
  readonly version: string;
  readonly token?: string;
  /** Of one body. Default 16 MB. */
  readonly largestBody?: number;
  /** Of all bodies being read or judged. Default 256 MB. */
  readonly bytesUnderWay?: number;
}

export interface RewardApp {
  readonly app: Hono;
  /** Resolves when every accepted request is judged. */
  idle(): Promise<void>;
}

export function createRewardApp(judge: AnswerJudge, options: RewardAppOptions): RewardApp {
  const app = new Hono();
  const metrics = new RewardMetrics();
  const batcher = new Batcher((items: readonly ReturnType<AnswerJudge['prepare']>[]) =>
    judge.judge(items),
  );
  const largestBody = options.largestBody ?? 16 * 1024 * 1024;
  const capacity = options.bytesUnderWay ?? 256 * 1024 * 1024;
  let underWay = 0;
  let groups = 0;

  app.use(async (context, next) => {
    const start = performance.now();
    await next();
    const route = ['/v1/rewards', '/get_reward'].find((path) => path === context.req.path);
    if (route) metrics.finished(route, context.res.status, (performance.now() - start) / 1000);
  });
  app.use(guard(options.token, ['/health']));
  app.use(async (context, next) => {
    // A body of unknown length is taken for a long one.
    const given = Number(context.req.header('content-length') ?? Number.NaN);
    const bytes = context.req.method === 'POST' ? (Number.isNaN(given) ? largestBody : given) : 0;
    if (bytes > largestBody) return tooLarge(context);
    if (underWay + bytes > capacity) return busy(context, 'too many bytes are under way');
    underWay += bytes;
    try {
      await next();
    } finally {
      underWay -= bytes;
    }
    return undefined;
  });
  const tooLarge = (context: Context): Response =>
    context.json({ detail: `a request may have ${largestBody} bytes` }, 413, {
      connection: 'close',
    });
  app.use(bodyLimit({ maxSize: largestBody, onError: tooLarge }));
  app.onError((error, context) => {
    if (error instanceof Refusal)
      return error.status === 429
        ? busy(context, error.message)
        : context.json({ detail: error.message }, error.status);
    if (error instanceof ZodError) {
      const tooLong = error.issues.some((issue) => issue.code === 'too_big');
      return context.json({ detail: z.prettifyError(error) }, tooLong ? 413 : 422);
    }
    if (error instanceof SyntaxError) return context.json({ detail: 'the body is not JSON' }, 400);
    return context.json({ detail: error.message }, 500);
  });
  app.notFound((context) => context.json({ detail: `no route ${context.req.path}` }, 404));

  const rewardAll = async (items: readonly RewardItem[]): Promise<RewardAnswer[]> => {
    const base = ++groups * 2_000_000;
    const prepared = items.map((item, index) => judge.prepare(item, `items[${index}]`, base));
    const answers = await batcher.submit(prepared);
    metrics.judged(items.length);
    return answers;
  };

  app.get('/health', (context) => context.json({ status: 'ok', waiting: batcher.waitingItems }));
  app.get('/metrics', (context) => context.text(metrics.render(batcher.waitingItems)));
  app.get('/openapi.json', (context) => context.json(openApiDocument(options.version)));
  app.post('/v1/rewards', async (context) => {
    const body: unknown = JSON.parse(await context.req.text());
    if (typeof body === 'object' && body !== null && 'items' in body) {
      const many = z.object({ items: z.array(rewardItemSchema).min(1).max(LARGEST_BATCH) });
      return context.json({ results: await rewardAll(many.parse(body).items) });
    }
    return context.json((await rewardAll([rewardItemSchema.parse(body)]))[0]);
  });
  app.post('/get_reward', async (context) => {
    const { query, prompts, labels } = openRlhfSchema.parse(JSON.parse(await context.req.text()));
    if (prompts.length !== query.length || labels.length !== query.length)
      throw new Refusal(
        422,
        `${query.length} queries, ${prompts.length} prompts, ${labels.length} labels; all must be equal`,
      );
    const answers = await rewardAll(
      query.map((text, index) => judge.openRlhfItem(text, prompts[index]!, labels[index]!)),
    );
    const scalars = answers.map(({ scalar }) => scalar);
    const totals = answers.map(({ token_rewards }) => token_rewards.reduce((a, b) => a + b, 0));
    return context.json({
      rewards: scalars,
      scores: scalars,
      extra_logs: { token_reward: totals },
    });
  });
  return { app, idle: () => batcher.idle() };
}

const busy = (context: Context, detail: string): Response =>
  context.json({ detail }, 429, { 'retry-after': '1' });
