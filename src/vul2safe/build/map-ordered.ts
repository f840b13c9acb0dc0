/**
 * @file Concurrent work with results in the order of the input: up to `window` items are worked on at a time, and the next
 * is taken only when the oldest is done, so memory stays flat and one slow item holds back only its window.
 */
export async function* mapOrdered<In, Out>(
  source: AsyncIterable<In>,
  window: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const inFlight: Promise<Out>[] = [];
  const iterator = source[Symbol.asyncIterator]();
  let more = true;
  try {
    for (;;) {
      while (more && inFlight.length < window) {
        const next = await iterator.next();
        if (next.done) more = false;
        else {
          const result = work(next.value);
          // A failure is reported when its turn comes; until then it must not count as unhandled.
          result.catch(() => {});
          inFlight.push(result);
        }
      }
      const oldest = inFlight.shift();
      if (oldest === undefined) return;
      yield await oldest;
    }
  } finally {
    await iterator.return?.();
    await Promise.allSettled(inFlight);
  }
}
