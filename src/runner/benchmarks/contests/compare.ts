import type { Comparison } from '../../model';

/** Whether what a program printed is what was expected. */
export type Compare = (expected: Uint8Array, actual: Uint8Array) => boolean;

/**
 * The ways to compare outputs, all on bytes, so that outputs of many MiB cost one walk and no copy.
 *
 * `deepmind`: by tokens, as CodeContests' own judge. `exact`: byte by byte, but for white space at the end of the whole
 * output. `alphacodium`: as AlphaCodium's own tester, without spaces and the case of letters (`1 2` is the same as `12`, a
 * line break is not the same as a space), or as one number.
 */
export const comparisons: Readonly<Record<Comparison, Compare>> = {
  deepmind: sameTokens,
  exact: (expected, actual) => Buffer.compare(withoutEnd(expected), withoutEnd(actual)) === 0,
  alphacodium: (expected, actual) => {
    const [one, other] = [trimmed(expected), trimmed(actual)];
    return sameWithoutSpaces(one, other) || closeNumbers(one, other);
  },
};

const space = 0x20;

/** Space, newline, tab, carriage return and vertical tab; a form feed is part of a token. */
function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === 0x0a || byte === 0x09 || byte === 0x0d || byte === 0x0b;
}

function withoutEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && isBlank(bytes[end - 1])) end -= 1;
  return bytes.subarray(0, end);
}

function trimmed(bytes: Uint8Array): Uint8Array {
  const rest = withoutEnd(bytes);
  let from = 0;
  while (from < rest.length && isBlank(rest[from])) from += 1;
  return rest.subarray(from);
}

function sameWithoutSpaces(one: Uint8Array, other: Uint8Array): boolean {
  let a = 0;
  let b = 0;
  for (;;) {
    while (one[a] === space) a += 1;
    while (other[b] === space) b += 1;
    if (a >= one.length || b >= other.length) return a >= one.length && b >= other.length;
    if (lowerCase(one[a]) !== lowerCase(other[b])) return false;
    a += 1;
    b += 1;
  }
}

/** Whole outputs that are one number each, relative to the expected one. */
function closeNumbers(expected: Uint8Array, actual: Uint8Array): boolean {
  const [a, b] = [numberOf(expected), numberOf(actual)];
  if (a === null || b === null) return false;
  return Math.abs(a.value - b.value) <= 1e-8 + 1e-5 * Math.abs(a.value);
}

/**
 * The same number of tokens, each pair the same but for the case of ASCII letters, or numbers that differ by less than
 * 1e-5. Whole tokens are compared first, so integers beyond 2^53 are not mistaken for their neighbours' doubles.
 */
function sameTokens(expected: Uint8Array, actual: Uint8Array): boolean {
  if (Buffer.compare(expected, actual) === 0) return true;
  let a = 0;
  let b = 0;
  for (;;) {
    while (isBlank(expected[a])) a += 1;
    while (isBlank(actual[b])) b += 1;
    if (a >= expected.length || b >= actual.length)
      return a >= expected.length && b >= actual.length;
    const [aEnd, bEnd] = [tokenEnd(expected, a), tokenEnd(actual, b)];
    const [one, other] = [expected.subarray(a, aEnd), actual.subarray(b, bEnd)];
    if (!sameLetters(one, other) && !sameNumber(one, other)) return false;
    [a, b] = [aEnd, bEnd];
  }
}

function tokenEnd(bytes: Uint8Array, from: number): number {
  let end = from;
  while (end < bytes.length && !isBlank(bytes[end])) end += 1;
  return end;
}

function sameLetters(one: Uint8Array, other: Uint8Array): boolean {
  return (
    one.length === other.length && one.every((byte, n) => lowerCase(byte) === lowerCase(other[n]))
  );
}

function lowerCase(byte: number | undefined): number | undefined {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** No number that a program means is longer; a token of many MiB is none. */
const longestNumber = 400;

function sameNumber(one: Uint8Array, other: Uint8Array): boolean {
  const [a, b] = [numberOf(one), numberOf(other)];
  if (a === null || b === null) return false;
  // Integers are exact or different: doubles would take neighbours beyond 2^53 for the same.
  if (a.integer !== null && b.integer !== null) return a.integer === b.integer;
  return Math.abs(a.value - b.value) < 1e-5;
}

function numberOf(
  token: Uint8Array,
): { readonly value: number; readonly integer: bigint | null } | null {
  if (token.length > longestNumber) return null;
  const text = Buffer.from(token).toString('latin1');
  if (!decimal.test(text)) return null;
  const integer = /^[+-]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : null;
  return { value: Number(text), integer };
}
