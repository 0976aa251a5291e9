/**
 * What counts as blank for Python's `str.split()` and `str.strip()`. The official parsers are Python, and JavaScript's
 * `\s` differs: it lacks U+001C–U+001F and U+0085 and has U+FEFF.
 */
export const blank =
  '\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';

const blankCharacter = new RegExp(`[${blank}]`);
const blanks = new RegExp(`[${blank}]+`);
const everyBlanks = new RegExp(`[${blank}]+`, 'g');

function isBlankAt(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  if (code < 0x80) return code === 0x20 || (code >= 9 && code <= 13) || (code >= 28 && code <= 31);
  return blankCharacter.test(text.charAt(index));
}

/** Python's `strip()`. A loop, since an expression that ends in `$` takes quadratic time on long lines. */
export function strip(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && isBlankAt(text, from)) from += 1;
  while (to > from && isBlankAt(text, to - 1)) to -= 1;
  return text.slice(from, to);
}

/** The first two words, as Python's `split()` finds them; empty where there are fewer. */
export function firstWords(text: string): readonly [string, string] {
  const [first = '', second = ''] = strip(text).split(blanks, 2);
  return [first, second];
}

/** The first word, and the others with one blank between them. */
export function headAndRest(text: string): readonly [string, string] {
  const [head] = firstWords(text);
  const rest = strip(strip(text).slice(head.length));
  return [head, rest.replace(everyBlanks, ' ')];
}

/** The last word, and the others with one blank between them. */
export function lastAndRest(text: string): readonly [string, string] {
  const line = strip(text);
  let from = line.length;
  while (from > 0 && !isBlankAt(line, from - 1)) from -= 1;
  return [line.slice(from), strip(line.slice(0, from)).replace(everyBlanks, ' ')];
}

/** Line ends as a file opened for text has them in Python: each of `\r\n`, `\r` and `\n` is one `\n`. */
export function universalNewlines(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/** Line by line without an array of them: a log may have millions. */
export function* linesOf(text: string): Generator<string> {
  let from = 0;
  for (;;) {
    const to = text.indexOf('\n', from);
    if (to < 0) break;
    yield text.slice(from, to);
    from = to + 1;
  }
  yield text.slice(from);
}
