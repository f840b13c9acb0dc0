/**
 * @file Results that are asked for later. A request is known by its id (model and seq_id): the same id with the same body
 * is the same request, with another body a conflict. Old results are dropped beyond a budget; that a request was done is
 * never forgotten, so a late repeat changes nothing.
 */

export type FutureState =
  | { readonly kind: 'pending' }
  /** The answer as JSON text. */
  | { readonly kind: 'done'; readonly json: string }
  | { readonly kind: 'dropped' };

export interface FutureRecord {
  readonly id: string;
  readonly hash: string;
  readonly json: string | undefined;
}

interface Future {
  readonly hash: string;
  state: FutureState;
  readonly waiters: Set<() => void>;
}

const BUDGET_CHARACTERS = 64_000_000;
const ALWAYS_KEPT = 64;

export class Futures {
  private readonly all = new Map<string, Future>();
  /** Done, oldest first. */
  private done: string[] = [];
  private characters = 0;

  /** 'new': the caller does the work and settles. */
  open(id: string, hash: string): 'new' | 'known' | 'conflict' {
    const found = this.all.get(id);
    if (found) return found.hash === hash ? 'known' : 'conflict';
    this.all.set(id, { hash, state: { kind: 'pending' }, waiters: new Set() });
    return 'new';
  }

  settle(id: string, json: string): void {
    const future = this.all.get(id);
    if (future?.state.kind !== 'pending') return;
    future.state = { kind: 'done', json };
    this.done.push(id);
    this.characters += json.length;
    for (const wake of future.waiters) wake();
    future.waiters.clear();
    while (this.characters > BUDGET_CHARACTERS && this.done.length > ALWAYS_KEPT) {
      const oldest = this.all.get(this.done.shift()!);
      if (oldest?.state.kind !== 'done') continue;
      this.characters -= oldest.state.json.length;
      oldest.state = { kind: 'dropped' };
    }
  }

  peek(id: string): FutureState | undefined {
    return this.all.get(id)?.state;
  }

  /** Waits for a pending one, at most so long. undefined: no such request. */
  async wait(id: string, timeoutMs: number): Promise<FutureState | undefined> {
    const future = this.all.get(id);
    if (future?.state.kind === 'pending')
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          future.waiters.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, timeoutMs);
        future.waiters.add(wake);
      });
    return future?.state;
  }

  /** What a restart must know of the finished requests with this prefix: that all were done, and the newest results. */
  records(prefix: string, newest: number): FutureRecord[] {
    const ids = [...this.all.keys()].filter((id) => id.startsWith(prefix));
    return ids.flatMap((id, index) => {
      const { hash, state } = this.all.get(id)!;
      if (state.kind === 'pending') return [];
      const keep = state.kind === 'done' && index >= ids.length - newest;
      return [{ id, hash, json: keep ? state.json : undefined }];
    });
  }

  restore(records: readonly FutureRecord[]): void {
    for (const { id, hash, json } of records) {
      this.open(id, hash);
      if (json === undefined) this.all.get(id)!.state = { kind: 'dropped' };
      else this.settle(id, json);
    }
  }

  /** As if this one, still pending, had never been opened. */
  cancel(id: string): void {
    this.all.delete(id);
  }

  forget(prefix: string): void {
    for (const [id, { state }] of this.all) {
      if (!id.startsWith(prefix)) continue;
      if (state.kind === 'done') this.characters -= state.json.length;
      this.all.delete(id);
    }
    this.done = this.done.filter((id) => !id.startsWith(prefix));
  }
}
