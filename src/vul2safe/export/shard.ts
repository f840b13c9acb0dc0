/** @file One job over many machines: which records are whose, decided by content id alone, so that shards need no list. */
import { createHash } from 'node:crypto';
import { usageError } from '../../kernel/errors.ts';

export interface Shard {
  /** 0-based, as Kubernetes' JOB_COMPLETION_INDEX and a Slurm array from 0. */
  readonly index: number;
  readonly count: number;
}

/** "0/4" ... "3/4". Throws a usage error for anything else. */
export function parseShard(text: string): Shard {
  const parts = /^(\d+)\/(\d+)$/.exec(text.trim());
  const index = Number(parts?.[1]);
  const count = Number(parts?.[2]);
  if (parts === null || count < 1 || index >= count)
    throw usageError(
      `"${text}" is not a shard`,
      'write it as i/n with i from 0 to n - 1, e.g. 0/4',
    );
  return { index, count };
}

/** Every id is in exactly one of the n shards, the same on every machine. */
export const inShard = (id: string, index: number, count: number): boolean =>
  createHash('sha256').update(id).digest().readUInt32BE(0) % count === index;
