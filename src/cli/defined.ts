type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The values that were given. */
export function defined<T extends object>(values: T): Defined<T> {
  // The entries without a value are gone, which the compiler cannot see.
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
