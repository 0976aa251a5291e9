import { cutInTheMiddle } from '../cutText';
import type { Read } from './interview';

/** A plan in prose and the program that does it. */
export interface Proposal {
  readonly plan: string;
  readonly code: string;
}

/** Bytes of a plan that are kept: it is a few sentences, and later prompts repeat it. */
const longestPlan = 4096;

interface Block {
  readonly language: string;
  readonly code: string;
  /** Line of its fence. */
  readonly start: number;
  /** Line after it. */
  readonly end: number;
  readonly closed: boolean;
}

/** Takes plan and program out of an answer; of several programs the longest is meant, the others are parts of the talk. */
export function readProposal(
  answer: { readonly text: string; readonly truncated: boolean },
  { maxTokens }: { readonly maxTokens: number },
): Read<Proposal> {
  const text = withoutThoughts(answer.text.replaceAll('\r\n', '\n'));
  const lines = text.split('\n');
  const program = longest(blocksIn(lines).filter(isPython));
  const cutOff = `the answer was cut off at ${String(maxTokens)} tokens before its program ended: write a shorter one`;
  if (program !== null) {
    if (answer.truncated && !program.closed) return { ok: false, problem: cutOff };
    const before = lines.slice(0, program.start).join('\n').trim();
    const after = lines.slice(program.end).join('\n').trim();
    return proposal(before === '' ? after : before, program.code);
  }
  if (answer.truncated) return { ok: false, problem: cutOff };
  if (beginsAsPython(text)) return proposal('', text);
  return { ok: false, problem: 'there is no program in it, in a block that begins with ```python' };
}

function proposal(plan: string, code: string): Read<Proposal> {
  const hasStatement = code.split('\n').some((line) => /^\s*[^\s#]/.test(line));
  if (!hasStatement) return { ok: false, problem: 'the program is empty' };
  const value = { plan: cutInTheMiddle(plan, longestPlan).text, code: `${code.trimEnd()}\n` };
  return { ok: true, value };
}

/** What models think aloud may hold programs as well. */
function withoutThoughts(text: string): string {
  const end = text.lastIndexOf('</think>');
  return end === -1 ? text : text.slice(end + '</think>'.length);
}

function blocksIn(lines: readonly string[]): readonly Block[] {
  const blocks: Block[] = [];
  for (let start = 0; start < lines.length; start += 1) {
    const [, indent = '', fence = '', info = ''] =
      /^( {0,3})(`{3,}|~{3,})\s*([^`]*)$/.exec(lines[start] ?? '') ?? [];
    if (fence === '') continue;
    const isEnd = (line: string): boolean => {
      const trimmed = line.trim();
      return trimmed.startsWith(fence) && trimmed.replaceAll(fence.charAt(0), '') === '';
    };
    const found = lines.findIndex((line, n) => n > start && isEnd(line));
    const end = found === -1 ? lines.length : found;
    const code = lines.slice(start + 1, end).map((line) => outdented(line, indent.length));
    const language =
      info
        .trim()
        .split(/[\s{:,]/)[0]
        ?.toLowerCase() ?? '';
    const closed = found !== -1;
    blocks.push({ language, code: code.join('\n'), start, end: closed ? end + 1 : end, closed });
    start = end;
  }
  return blocks;
}

function outdented(line: string, columns: number): string {
  return line.slice(0, columns).trim() === '' ? line.slice(columns) : line;
}

function isPython({ language, code }: Block): boolean {
  if (language === '') return /^(?:(?:import|from|def|class|with|print)\b|\w+ *=)/m.test(code);
  return /^(?:python|py)\d*(?:\.\d+)?$/.test(language);
}

function longest(blocks: readonly Block[]): Block | null {
  return blocks.reduce<Block | null>(
    (most, block) => (most === null || block.code.length > most.code.length ? block : most),
    null,
  );
}

/** A program without a fence around it. */
function beginsAsPython(text: string): boolean {
  const first = text.split('\n').find((line) => line.trim() !== '') ?? '';
  return /^(?:import [\w.]+|from [\w.]+ import |#!|#.*coding[:=])/.test(first);
}
