/**
 * @file Pairs with their prompts, joined as they stream: prompts follow the order of their pairs, as a build writes them,
 * so that neither has to be held in memory. Sources are read more than once, hence functions that open them.
 */
import type { PromptedPair } from '../../data/prompted-pair.ts';
import type { RepairPair } from '../../data/repair-pair.ts';
import { inputError } from '../../kernel/errors.ts';

/** A list, or a function that opens the stream anew. */
export type Reopenable<T> = readonly T[] | (() => AsyncIterable<T> | Iterable<T>);

export interface PairWithPrompts {
  readonly pair: RepairPair;
  readonly prompts: readonly PromptedPair[];
}

export const openSource = <T>(source: Reopenable<T>): AsyncIterable<T> | Iterable<T> =>
  typeof source === 'function' ? source() : source;

/** Lists may stand in any order; streams must agree in theirs, or an input error names the first that does not. */
export async function* joinPrompts(
  pairs: Reopenable<RepairPair>,
  prompts: Reopenable<PromptedPair>,
): AsyncGenerator<PairWithPrompts> {
  if (typeof prompts !== 'function') {
    const byPair = grouped(prompts);
    for await (const pair of openSource(pairs)) yield { pair, prompts: byPair.get(pair.id) ?? [] };
    return;
  }
  const ahead = iteratorOf(prompts());
  let next = await ahead.next();
  for await (const pair of openSource(pairs)) {
    const own: PromptedPair[] = [];
    while (!next.done && next.value.pairId === pair.id) {
      own.push(next.value);
      next = await ahead.next();
    }
    yield { pair, prompts: own };
  }
  if (!next.done)
    throw inputError(
      `prompt ${next.value.id} belongs to pair ${next.value.pairId}, which is not where the prompts are`,
      'pairs and prompts must come in the same order, from the same build',
    );
}

const iteratorOf = <T>(source: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> =>
  Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();

function grouped(prompts: readonly PromptedPair[]): Map<string, PromptedPair[]> {
  const byPair = new Map<string, PromptedPair[]>();
  for (const one of prompts) {
    const list = byPair.get(one.pairId);
    if (list === undefined) byPair.set(one.pairId, [one]);
    else list.push(one);
  }
  return byPair;
}
