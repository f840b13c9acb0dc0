/**
 * @file What a model needs to outlive its server: a write-ahead log of the requests that change it, on top of a snapshot
 * of its state. A request is acknowledged only when it stands in the log, so after a crash nothing acknowledged is lost,
 * and since the engine repeats itself exactly, doing the log again gives the same weights. One folder per model:
 * model.json, head.json (names the snapshot and log in force; replaced atomically), log-N.jsonl, state-N/.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../../kernel/atomic-file.ts';
import type { FutureRecord } from './futures.ts';

export interface LoggedRequest {
  readonly id: string;
  readonly hash: string;
  readonly kind: string;
  readonly body: unknown;
  /** The result, where doing it again is not wanted. */
  readonly done?: string;
}

interface DoneMark {
  readonly id: string;
  readonly done: string;
}

interface Head {
  readonly generation: number;
  readonly hasState: boolean;
  readonly version: number;
  readonly finished: readonly FutureRecord[];
}

const FIRST: Head = { generation: 0, hasState: false, version: 0, finished: [] };

export class Journal {
  readonly folder: string;
  readonly head: Head;
  private generation: number;
  private handle: number;
  /** Logged and not yet done. */
  private readonly open = new Map<string, string>();

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    const head = join(folder, 'head.json');
    this.head = existsSync(head) ? (JSON.parse(readFileSync(head, 'utf8')) as Head) : FIRST;
    this.generation = this.head.generation;
    this.handle = openSync(this.logPath(this.generation), 'a');
  }

  private logPath(generation: number): string {
    return join(this.folder, `log-${generation}.jsonl`);
  }

  statePath(generation = this.generation): string {
    return join(this.folder, `state-${generation}`);
  }

  /** Requests after the snapshot, oldest first. A line cut off by a crash was never acknowledged: it is removed. */
  pending(): LoggedRequest[] {
    const path = this.logPath(this.generation);
    const bytes = readFileSync(path);
    const end = bytes.lastIndexOf(10) + 1;
    if (end < bytes.length) truncateSync(path, end);
    const lines = bytes.toString('utf8', 0, end).split('\n').filter(Boolean);
    const requests = new Map<string, LoggedRequest>();
    for (const line of lines) {
      const entry = JSON.parse(line) as LoggedRequest | DoneMark;
      if ('kind' in entry) this.open.set(entry.id, line);
      requests.set(entry.id, { ...requests.get(entry.id), ...entry } as LoggedRequest);
    }
    return [...requests.values()].filter(({ kind }) => kind !== undefined);
  }

  /** This one is not to be done again. Lost in a crash, it is done again, which does no harm either. */
  markDone(id: string, json: string): void {
    const mark: DoneMark = { id, done: json };
    writeSync(this.handle, `${JSON.stringify(mark)}\n`);
  }

  /** On disk when this returns. */
  append(request: LoggedRequest): void {
    const line = JSON.stringify(request);
    this.open.set(request.id, line);
    writeSync(this.handle, `${line}\n`);
    fsyncSync(this.handle);
  }

  finished(id: string): void {
    this.open.delete(id);
  }

  /** Begins a new generation: the state as saved by the caller, and a log of what is not done yet. */
  async snapshot(
    version: number,
    finished: readonly FutureRecord[],
    saveState: (path: string) => Promise<void>,
  ): Promise<void> {
    const next = this.generation + 1;
    await saveState(this.statePath(next));
    // From here on nothing is awaited: no request can be appended to the old log in between.
    const handle = openSync(this.logPath(next), 'w');
    for (const line of this.open.values()) writeSync(handle, `${line}\n`);
    fsyncSync(handle);
    const head: Head = { generation: next, hasState: true, version, finished };
    writeFileAtomic(join(this.folder, 'head.json'), JSON.stringify(head));
    closeSync(this.handle);
    this.handle = handle;
    this.generation = next;
    this.removeOlder();
  }

  private removeOlder(): void {
    for (const name of readdirSync(this.folder)) {
      const generation = /^(?:log|state)-(\d+)/.exec(name)?.[1];
      if (generation !== undefined && Number(generation) < this.generation)
        rmSync(join(this.folder, name), { recursive: true, force: true });
    }
  }

  close(): void {
    closeSync(this.handle);
  }

  /** The model is gone for good; its saved checkpoints lie elsewhere and stay. */
  remove(): void {
    this.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
