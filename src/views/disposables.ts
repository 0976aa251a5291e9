/** Anything that can be disposed; the editor's own class is one of them. */
export interface Disposes {
  dispose(): void;
}

/** Gathers what has to be disposed together. What is added after the disposal is disposed at once. */
export class DisposableStore implements Disposes {
  readonly #items = new Set<Disposes>();
  #disposed = false;

  add<T extends Disposes>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.add(item);
    return item;
  }

  /** Disposes one item before the others. */
  delete(item: Disposes): void {
    if (this.#items.delete(item)) item.dispose();
  }

  dispose(): void {
    this.#disposed = true;
    for (const item of [...this.#items].reverse()) item.dispose();
    this.#items.clear();
  }
}
