import type { StepBlock } from './trajectoryMessages';

/** A block before long texts are cut. */
export type WholeBlock = Omit<StepBlock, 'omitted'>;

const command = ['command', 'cmd', 'script', 'bash'];
const before = ['old_string', 'old_str', 'old_text', 'old', 'search'];
const after = ['new_string', 'new_str', 'new_text', 'new', 'replace'];

/**
 * Arguments of a tool as people read them: a command as a command line, a replacement or a patch as a diff, texts as
 * they are, and everything else as JSON.
 */
export function argumentBlocks(args: unknown): readonly WholeBlock[] {
  if (typeof args === 'string') return args === '' ? [] : [{ ...block('code'), text: args }];
  if (!isRecord(args)) return args === undefined || args === null ? [] : [json(args)];
  const rest = new Map(Object.entries(args));
  const blocks = [takeCommand(rest), takeReplacement(rest), ...takeTexts(rest)];
  return [
    // What is short says where the long parts belong, so it stands first; what stands in the step's own line need not.
    ...(rest.size === 0 || isTold(rest, args) ? [] : [namedValues(Object.fromEntries(rest))]),
    ...blocks.filter((made) => made !== null),
  ];
}

/** Whether all that is left is the one argument that a step's summary shows. */
function isTold(
  rest: ReadonlyMap<string, unknown>,
  args: Readonly<Record<string, unknown>>,
): boolean {
  const [first] = Object.values(args).filter((value) => typeof value === 'string');
  const [only] = rest.values();
  return rest.size === 1 && only === first && first !== undefined && first.length < 100;
}

/** One line that tells calls of a tool apart. */
export function argumentLine(text: string): string {
  const args = parsed(text);
  if (!isRecord(args)) return oneLine(text);
  const [first] = Object.values(args).filter((value) => typeof value === 'string');
  return oneLine(first ?? (Object.keys(args).length === 0 ? '' : JSON.stringify(args)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

function takeCommand(args: Map<string, unknown>): WholeBlock | null {
  const text = takeText(args, command) ?? takeWords(args);
  return text === null ? null : { ...block('command'), text };
}

/** A program with its arguments, as a list of words. */
function takeWords(args: Map<string, unknown>): string | null {
  for (const key of [...command, 'argv']) {
    const value = args.get(key);
    if (!Array.isArray(value) || !value.every((word) => typeof word === 'string')) continue;
    args.delete(key);
    return value
      .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)))
      .join(' ');
  }
  return null;
}

function takeReplacement(args: Map<string, unknown>): WholeBlock | null {
  const oldKey = before.find((key) => typeof args.get(key) === 'string');
  const newKey = after.find((key) => typeof args.get(key) === 'string');
  if (oldKey === undefined || newKey === undefined) return null;
  const text = replacementDiff(takeText(args, [oldKey]) ?? '', takeText(args, [newKey]) ?? '');
  return { ...block('diff'), text };
}

/** Texts of several lines, each with its name; a patch among them as a diff. */
function takeTexts(args: Map<string, unknown>): readonly WholeBlock[] {
  return [...args].flatMap(([name, value]): WholeBlock[] => {
    if (typeof value !== 'string' || !value.includes('\n')) return [];
    args.delete(name);
    return [{ ...block(isPatch(value) ? 'diff' : 'code'), title: name, text: value }];
  });
}

function takeText(args: Map<string, unknown>, keys: readonly string[]): string | null {
  const key = keys.find((name) => typeof args.get(name) === 'string');
  if (key === undefined) return null;
  const value = args.get(key);
  args.delete(key);
  return typeof value === 'string' ? value : null;
}

export function isPatch(text: string): boolean {
  return /^(diff --git |--- .*\n\+\+\+ )/m.test(text) && /^@@ /m.test(text);
}

/** Old and new lines of a replacement, with the lines around that both share. */
export function replacementDiff(oldText: string, newText: string): string {
  // The end of the last line, where both have one, is no line of its own.
  const ended = oldText.endsWith('\n') && newText.endsWith('\n');
  const lines = (text: string): readonly string[] => (ended ? text.slice(0, -1) : text).split('\n');
  const oldLines = lines(oldText);
  const newLines = lines(newText);
  const shortest = Math.min(oldLines.length, newLines.length);
  let head = 0;
  while (head < shortest && oldLines[head] === newLines[head]) head += 1;
  let tail = 0;
  while (tail < shortest - head && oldLines.at(-1 - tail) === newLines.at(-1 - tail)) tail += 1;
  const mark = (sign: string, marked: readonly string[]): readonly string[] =>
    marked.map((line) => `${sign}${line}`);
  return [
    ...mark(' ', oldLines.slice(0, head)),
    ...mark('-', oldLines.slice(head, oldLines.length - tail)),
    ...mark('+', newLines.slice(head, newLines.length - tail)),
    ...mark(' ', oldLines.slice(oldLines.length - tail)),
  ].join('\n');
}

/** Short values a line each; anything that is more than a value as JSON. */
function namedValues(args: Readonly<Record<string, unknown>>): WholeBlock {
  const values = Object.entries(args);
  const simple = values.every(([, value]) => typeof value !== 'object' || value === null);
  if (!simple) return json(args);
  return {
    ...block('code'),
    text: values.map(([name, value]) => `${name}: ${String(value)}`).join('\n'),
  };
}

function json(value: unknown): WholeBlock {
  return { ...block('code'), text: JSON.stringify(value, null, 2) };
}

export function block(form: StepBlock['form']): WholeBlock {
  return { form, title: null, text: '', folded: false };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
