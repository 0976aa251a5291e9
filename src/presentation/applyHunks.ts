interface Hunk {
  /** Line of the old file where it was, from 0. */
  readonly at: number;
  /** Lines that must be there, and those that stand there afterwards. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * One file's part of a unified diff, applied to a text. Hunks are looked for where they say they are and then ever
 * farther away, since the text may have grown above them; their lines must match exactly. null when one is not found.
 */
export function applyHunks(text: string, filePatch: string): string | null {
  const lines = text === '' ? [] : text.split('\n');
  let shift = 0;
  let from = 0;
  for (const hunk of parseHunks(filePatch)) {
    const at = findLines(lines, hunk.before, { near: hunk.at + shift, from });
    if (at === null) return null;
    lines.splice(at, hunk.before.length, ...hunk.after);
    shift = at - hunk.at + hunk.after.length - hunk.before.length;
    from = at + hunk.after.length;
  }
  return lines.join('\n');
}

function parseHunks(filePatch: string): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let before: string[] = [];
  let after: string[] = [];
  const lines = filePatch.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) {
    const header = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (header !== null) {
      before = [];
      after = [];
      // A hunk of no old lines names the line before it.
      const at = Number(header[1]) - (header[2] === '0' ? 0 : 1);
      hunks.push({ at, before, after });
    } else if (hunks.length > 0) {
      if (line.startsWith(' ') || line === '') add(line.slice(1), before, after);
      else if (line.startsWith('-')) add(line.slice(1), before);
      else if (line.startsWith('+')) add(line.slice(1), after);
    }
  }
  return hunks.map((hunk) => withFinalNewline(hunk, filePatch));
}

function add(line: string, ...sides: readonly string[][]): void {
  for (const side of sides) side.push(line);
}

/** A text that ends with a newline has one empty line more when it is split; a new file's hunk has to make it. */
function withFinalNewline(hunk: Hunk, filePatch: string): Hunk {
  const isWhole = hunk.before.length === 0 && hunk.at === 0;
  const endsOpen = /\n\\ No newline at end of file\s*$/.test(filePatch);
  return isWhole && !endsOpen && /^--- \/dev\/null/m.test(filePatch)
    ? { ...hunk, after: [...hunk.after, ''] }
    : hunk;
}

function findLines(
  lines: readonly string[],
  wanted: readonly string[],
  { near, from }: { readonly near: number; readonly from: number },
): number | null {
  const fits = (at: number): boolean =>
    at >= from &&
    at + wanted.length <= lines.length &&
    wanted.every((line, i) => lines[at + i] === line);
  for (let distance = 0; distance <= lines.length; distance += 1) {
    if (fits(near - distance)) return near - distance;
    if (fits(near + distance)) return near + distance;
  }
  return null;
}
