/** More new numbers than this are sorted together instead of being put in one by one. */
const fewAdded = 32;

/** Numbers in their order, of which single ones come and go: quantiles of thousands without sorting them again. */
export class SortedNumbers {
  #sorted: number[] = [];
  #added: number[] = [];

  add(value: number): void {
    this.#added.push(value);
  }

  /** Takes one away that was added. */
  remove(value: number): void {
    const { values } = this;
    const place = firstAtLeast(values, value);
    if (values[place] === value) this.#sorted.splice(place, 1);
  }

  /** From the smallest on. Good until the next number comes or goes. */
  get values(): readonly number[] {
    if (this.#added.length > fewAdded) {
      this.#sorted = [...this.#sorted, ...this.#added].sort((a, b) => a - b);
    } else {
      for (const value of this.#added) {
        this.#sorted.splice(firstAtLeast(this.#sorted, value), 0, value);
      }
    }
    if (this.#added.length > 0) this.#added = [];
    return this.#sorted;
  }
}

/** Where the first number stands that is not smaller. */
export function firstAtLeast(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
