/** Values as JSON has them: no bigint, date, bytes or typed array; no key without a value. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint')
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (ArrayBuffer.isView(value)) return plainList(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, part]) =>
      part === undefined ? [] : [[key, plainValue(part)]],
    ),
  );
}

function plainList(view: ArrayBufferView): unknown {
  return Symbol.iterator in view
    ? Array.from(view as ArrayBufferView & Iterable<unknown>, plainValue)
    : null; // typed arrays iterate over their values
}
