const item = /\s*(?:'((?:[^'\\]|\\[^])*)'|"((?:[^"\\]|\\[^])*)")\s*(,|(?=\]))/y;

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\u0007',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
};

/** A list of plain strings as Python prints it (`['a', "it's"]`); null for anything else. */
export function parsePythonStrings(text: string): readonly string[] | null {
  const list = text.trim();
  if (!list.startsWith('[') || !list.endsWith(']')) return null;
  const found: string[] = [];
  item.lastIndex = 1;
  for (let at = 1; list.slice(at).trim() !== ']'; at = item.lastIndex) {
    const match = item.exec(list);
    if (match === null) return null;
    found.push(unescape(match[1] ?? match[2] ?? ''));
  }
  return found;
}

function unescape(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))/g,
    (whole, x?: string, u?: string, long?: string, character?: string) => {
      const code = x ?? u ?? long;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      // Python keeps the backslash of an escape that it does not know.
      return (
        escapes[character ?? ''] ?? (/^["'\\]$/.test(character ?? '') ? (character ?? '') : whole)
      );
    },
  );
}
