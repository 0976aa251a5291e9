import { parsePatch } from './patch';

/**
 * The patch that undoes a patch; null where it cannot be told (binary files, copies, no patch at all). Within a hunk
 * removed lines stand before added ones again, as git writes them.
 */
export function reversePatch(patch: string): string | null {
  const files = parsePatch(patch);
  if (files.length === 0 || files.some(({ binary, text }) => binary || /^copy from /m.test(text)))
    return null;
  return [...files]
    .reverse()
    .map(({ text }) => reverseFile(text))
    .join('');
}

function reverseFile(text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  const first = lines.findIndex((line) => line.startsWith('@@ '));
  const header = first < 0 ? lines : lines.slice(0, first);
  const body = first < 0 ? [] : lines.slice(first);
  return [...reverseHeader(header), ...reverseHunks(body)].map((line) => `${line}\n`).join('');
}

/** Headers whose values change places; the order of the lines stays git's. */
const pairs = [
  ['old mode ', 'new mode '],
  ['rename from ', 'rename to '],
] as const;

function reverseHeader(header: readonly string[]): readonly string[] {
  const value = (prefix: string): string =>
    header.find((line) => line.startsWith(prefix))?.slice(prefix.length) ?? '';
  return header.map((line) => {
    for (const [one, other] of pairs) {
      if (line.startsWith(one)) return one + value(other);
      if (line.startsWith(other)) return other + value(one);
    }
    if (line.startsWith('new file mode ')) return line.replace('new', 'deleted');
    if (line.startsWith('deleted file mode ')) return line.replace('deleted', 'new');
    if (line.startsWith('--- ')) return `--- ${withPrefix(value('+++ '), 'a/')}`;
    if (line.startsWith('+++ ')) return `+++ ${withPrefix(value('--- '), 'b/')}`;
    if (line.startsWith('index ')) return line.replace(/^index (\w+)\.\.(\w+)/, 'index $2..$1');
    return line.startsWith('diff --git ') ? swapNames(line) : line;
  });
}

function withPrefix(name: string, prefix: 'a/' | 'b/'): string {
  return name.replace(/^("?)[ab]\//, `$1${prefix}`);
}

/** `a/old b/new`: the same name twice unless it was renamed, and then neither name has a blank in practice. */
function swapNames(line: string): string {
  const [, before, after] = /^diff --git (\S+) (\S+)$/.exec(line) ?? [];
  if (before === undefined || after === undefined) return line;
  return `diff --git ${withPrefix(after, 'a/')} ${withPrefix(before, 'b/')}`;
}

function reverseHunks(body: readonly string[]): readonly string[] {
  const out: string[] = [];
  let removed: string[] = [];
  let added: string[] = [];
  let last: string[] = out;
  const flush = (): void => {
    out.push(...removed, ...added);
    removed = [];
    added = [];
    last = out;
  };
  for (const line of body) {
    if (line.startsWith('+')) (last = removed).push(`-${line.slice(1)}`);
    else if (line.startsWith('-')) (last = added).push(`+${line.slice(1)}`);
    // "\ No newline at end of file" belongs to the line above it.
    else if (line.startsWith('\\')) last.push(line);
    else {
      flush();
      out.push(line.replace(/^@@ -(\S+) \+(\S+) @@/, '@@ -$2 +$1 @@'));
    }
  }
  flush();
  return out;
}
