import { InvalidArgumentError } from 'commander';
import { parseByteSize } from '../runner/model';

/** Parses a number in a range, for commander. */
export function numberFrom(min: number, max = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || Number.isNaN(value) || value < min || value > max) {
      throw new InvalidArgumentError(
        `Expected a number from ${min}${Number.isFinite(max) ? ` to ${max}` : ' up'}.`,
      );
    }
    return value;
  };
}

export function integer(min: number): (text: string) => number {
  const parse = numberFrom(min);
  return (text) => {
    const value = parse(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError('Expected a whole number.');
    return value;
  };
}

export function seconds(text: string): number {
  const value = numberFrom(0)(text);
  if (value === 0) throw new InvalidArgumentError('Expected a number of seconds above 0.');
  return value;
}

/** `50GB` → bytes, for commander. */
export function byteSize(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === null || bytes === 0)
    throw new InvalidArgumentError('Expected a size such as 50GB or 1.5TiB.');
  return bytes;
}
