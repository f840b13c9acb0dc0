/**
 * @file Many small requests as few large batches: requests that arrive while one batch is judged form the next. The queue
 * and the bytes under way are bounded; beyond that the answer is 429, which costs nothing, so that a flood cannot take
 * the service down. A batch that fails as a whole is tried request by request.
 */
import { Refusal } from '../tinker/refusal.ts';

export interface BatcherOptions {
  /** Items judged together. */
  readonly batchItems: number;
  /** Items that may wait. */
  readonly waitingItems: number;
}

interface Waiting<Item, Answer> {
  readonly items: readonly Item[];
  resolve(answers: Answer[]): void;
  reject(reason: unknown): void;
}

export class Batcher<Item, Answer> {
  private readonly judge: (items: readonly Item[]) => Promise<Answer[]>;
  private readonly options: BatcherOptions;
  private readonly queue: Waiting<Item, Answer>[] = [];
  private waiting = 0;
  private running: Promise<void> | undefined;

  constructor(
    judge: (items: readonly Item[]) => Promise<Answer[]>,
    options: BatcherOptions = { batchItems: 64, waitingItems: 4096 },
  ) {
    this.judge = judge;
    this.options = options;
  }

  get waitingItems(): number {
    return this.waiting;
  }

  /** @throws Refusal 429 */
  submit(items: readonly Item[]): Promise<Answer[]> {
    if (this.waiting + items.length > this.options.waitingItems)
      throw new Refusal(429, `${this.waiting} answers are waiting to be judged`);
    this.waiting += items.length;
    return new Promise((resolve, reject) => {
      this.queue.push({ items, resolve, reject });
      this.running ??= this.work();
    });
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.running) await this.running;
  }

  private async work(): Promise<void> {
    while (this.queue.length > 0) {
      // A turn of the event loop: sockets are read, and requests that came together are seen together.
      await new Promise((resolve) => setImmediate(resolve));
      const part = this.take();
      try {
        const answers = await this.judge(part.flatMap(({ items }) => items));
        let at = 0;
        for (const request of part) {
          request.resolve(answers.slice(at, at + request.items.length));
          at += request.items.length;
        }
      } catch (thrown) {
        if (part.length === 1) part[0]!.reject(thrown);
        else
          for (const request of part)
            await this.judge(request.items).then(request.resolve, request.reject);
      }
      for (const { items } of part) this.waiting -= items.length;
    }
    this.running = undefined;
  }

  private take(): Waiting<Item, Answer>[] {
    let count = 0;
    let taken = 0;
    for (const { items } of this.queue) {
      if (taken > 0 && count + items.length > this.options.batchItems) break;
      count += items.length;
      taken++;
    }
    return this.queue.splice(0, taken);
  }
}
