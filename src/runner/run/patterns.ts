/** Texts that are meant, each as it is or with `*` for any text. */
export class Patterns {
  readonly #exact: ReadonlySet<string>;
  readonly #patterns: readonly RegExp[];
  readonly #fold: (text: string) => string;

  /** `ignoreCase`: upper and lower case are the same. */
  constructor(
    patterns: readonly string[],
    { ignoreCase = false }: { readonly ignoreCase?: boolean } = {},
  ) {
    this.#fold = ignoreCase ? (text) => text.toLowerCase() : (text) => text;
    this.#exact = new Set(patterns.map(this.#fold));
    this.#patterns = patterns
      .filter((pattern) => pattern.includes('*'))
      .map((pattern) => new RegExp(`^${sourceOf(this.#fold(pattern))}$`, 's'));
  }

  /** Whether one of the texts is meant. */
  has(...texts: readonly (string | null)[]): boolean {
    return texts.some((text) => {
      if (text === null) return false;
      const folded = this.#fold(text);
      return this.#exact.has(folded) || this.#patterns.some((pattern) => pattern.test(folded));
    });
  }
}

function sourceOf(pattern: string): string {
  return pattern
    .split(/\*+/)
    .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
    .join('.*');
}
