/**
 * Does something for every item, a few at a time, and answers in the order of the items. When one fails the others are
 * told to stop, and it rejects after the last of them did.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  {
    signal,
    work,
  }: {
    readonly signal: AbortSignal;
    readonly work: (item: Item, index: number, signal: AbortSignal) => Promise<Result>;
  },
): Promise<readonly Result[]> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      either.throwIfAborted();
      const index = next;
      const item = items[index];
      if (item === undefined || index >= items.length) return;
      next += 1;
      results[index] = await work(item, index, either);
    }
  };
  const workers = Array.from({ length: Math.min(width, items.length) }, async () => {
    try {
      await worker();
    } catch (error) {
      failure.abort(error); // the first one's reason stays
      throw error;
    }
  });
  await Promise.allSettled(workers);
  signal.throwIfAborted();
  failure.signal.throwIfAborted();
  return results;
}
