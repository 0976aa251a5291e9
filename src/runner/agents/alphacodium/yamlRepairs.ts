/** One way in which models bend YAML, put right. Texts that are not bent that way come back as they are. */
export interface YamlRepair {
  readonly name: string;
  /** `keys`: those that the answer's first level may have. */
  readonly repair: (text: string, keys: readonly string[]) => string;
}

/** What stands in the fence that comes first, also where its end is missing. A fence of another language is none. */
export function fromFence(text: string): string {
  const lines = text.split('\n');
  const open = lines.findIndex((line) => /^\s*(`{3,}|~{3,})/.test(line));
  const [, mark] = /^\s*(`{3,}|~{3,})\s*(?:ya?ml)?\s*$/i.exec(lines[open] ?? '') ?? [];
  if (mark === undefined) return text;
  const end = lines.findIndex((line, n) => n > open && line.trim() === mark);
  return lines.slice(open + 1, end === -1 ? undefined : end).join('\n');
}

/** From the first line that begins with a key that is expected; before it stands talk. */
export function withoutProse(text: string, keys: readonly string[]): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => keyOf(line, keys) !== null);
  if (first === -1) return text;
  const kept = lines.slice(first);
  const after = kept.findIndex((line) => /^\s*(`{3,}|~{3,})\s*$/.test(line));
  return (after === -1 ? kept : kept.slice(0, after)).join('\n');
}

/** Everything moved to the left as far as its first line is indented. */
export function outdented(text: string): string {
  const lines = text.split('\n');
  const indent = /^ */.exec(lines.find((line) => line.trim() !== '') ?? '')?.[0] ?? '';
  if (indent === '') return text;
  return lines
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()))
    .join('\n');
}

/** YAML takes no tabs as indentation. */
export function withoutTabs(text: string): string {
  return text.replaceAll(/^[ \t]+/gm, (indent) => indent.replaceAll('\t', '  '));
}

/**
 * The lines of a block (`key: |`) that are not indented far enough are moved into it, up to the next key that is expected
 * there.
 */
export function indentedBlocks(text: string, keys: readonly string[]): string {
  let block: { readonly indent: number; readonly shift: number | null } | null = null;
  const moved = text.split('\n').map((line) => {
    if (line.trim() === '') return line;
    const inside = indentOf(line) > (block?.indent ?? Number.POSITIVE_INFINITY);
    if (block !== null && (inside || keyOf(line, keys) === null)) {
      // By the first line: a block that is indented keeps its lines, and takes those that fall out of it.
      block = { ...block, shift: block.shift ?? (inside ? 0 : block.indent + 2) };
      const shift = inside ? block.shift : block.indent + 2;
      return `${' '.repeat(shift ?? 0)}${line}`;
    }
    const start = blockStart(line);
    block = start === null ? null : { indent: start, shift: null };
    return line;
  });
  return moved.join('\n');
}

/** `key: text: more` becomes a quoted text, so that a colon, a quote or a `#` in it means nothing. */
export function quotedValues(text: string): string {
  return outsideBlocks(text, (line) => {
    const [, lead, key, value] = /^( *(?:- +)?)([A-Za-z_]\w*): +(\S.*)$/.exec(line) ?? [];
    if (lead === undefined || key === undefined || value === undefined) return line;
    return needsQuotes(value.trim()) ? `${lead}${key}: ${JSON.stringify(value.trim())}` : line;
  });
}

/** Items of a list (`- text: more`) that are meant as text. */
export function quotedItems(text: string, keys: readonly string[]): string {
  return outsideBlocks(text, (line) => {
    const [, lead, value] = /^( *- +)(\S.*)$/.exec(line) ?? [];
    if (lead === undefined || value === undefined || keyOf(line, keys) !== null) return line;
    return needsQuotes(value.trim()) ? `${lead}${JSON.stringify(value.trim())}` : line;
  });
}

/** Changes the lines that are structure, not those of blocks of text. */
function outsideBlocks(text: string, change: (line: string) => string): string {
  let block: number | null = null;
  return text
    .split('\n')
    .map((line) => {
      if (block !== null && (line.trim() === '' || indentOf(line) > block)) return line;
      block = blockStart(line);
      return block === null ? change(line) : line;
    })
    .join('\n');
}

/** Where the key stands whose text is a block that begins after this line; null: none begins. */
function blockStart(line: string): number | null {
  return /^( *(?:- +)?)["']?\w+["']?: *[|>][+-]?\d?[+-]? *$/.exec(line)?.[1]?.length ?? null;
}

function needsQuotes(value: string): boolean {
  if (/^[|>][+-]?\d?$/.test(value)) return false;
  if (/^"(?:[^"\\]|\\.)*"$/.test(value) || /^'(?:[^']|'')*'$/.test(value)) return false;
  if (/^\[.*\]$/.test(value) || /^\{.*\}$/.test(value)) return false;
  return /: |:$| #|^["'&*!%@`{[|>?,\]}-]/.test(value);
}

/** The key of the first level that a line begins with, if it is one that is expected. */
function keyOf(line: string, keys: readonly string[]): string | null {
  const key = /^\s*(?:- +)?["']?(\w+)["']?:(?:\s|$)/.exec(line)?.[1];
  return key !== undefined && keys.includes(key) ? key : null;
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0;
}

/** In the order in which they are tried, each on what the one before made of the text. */
export const yamlRepairs: readonly YamlRepair[] = [
  { name: 'code fence', repair: fromFence },
  { name: 'prose around it', repair: withoutProse },
  { name: 'tabs', repair: withoutTabs },
  { name: 'common indentation', repair: outdented },
  { name: 'blocks without indentation', repair: indentedBlocks },
  { name: 'unquoted values', repair: quotedValues },
  { name: 'unquoted items', repair: quotedItems },
];
