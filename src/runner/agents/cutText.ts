/** A text that fits a limit, and whether that took something away from it. */
export interface CutText {
  readonly text: string;
  readonly bytes: number;
  readonly cut: boolean;
}

/**
 * Takes the middle out of a text that is longer than `limit` bytes, by whole lines where lines are not too long for that,
 * and says in its place how much is missing.
 */
export function cutInTheMiddle(text: string, limit: number): CutText {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return { text, bytes: bytes.length, cut: false };
  const half = Math.floor(limit / 2);
  const headEnd = endOfHead(bytes, half);
  const tailStart = startOfTail(bytes, bytes.length - half);
  const missing = bytes.subarray(headEnd, tailStart);
  const lines = missing.reduce((count, byte) => (byte === newline ? count + 1 : count), 0);
  const amount = `${String(missing.length)} bytes${lines === 0 ? '' : `, ${String(lines)} lines`}`;
  const head = bytes.subarray(0, headEnd).toString('utf8');
  const gap = `${head.endsWith('\n') ? '' : '\n'}[… ${amount} are left out here …]\n`;
  return {
    text: `${head}${gap}${bytes.subarray(tailStart).toString('utf8')}`,
    bytes: bytes.length,
    cut: true,
  };
}

const newline = 0x0a;

/** After the last line that ends before `at`; in a long line, before the character there. */
function endOfHead(bytes: Buffer, at: number): number {
  const line = bytes.lastIndexOf(newline, at - 1) + 1;
  return line > at / 2 ? line : startOfCharacter(bytes, at);
}

function startOfTail(bytes: Buffer, at: number): number {
  const line = bytes.indexOf(newline, at) + 1;
  const room = bytes.length - at;
  return line > 0 && line - at < room / 2 ? line : startOfCharacter(bytes, at);
}

function startOfCharacter(bytes: Buffer, at: number): number {
  let start = at;
  while (start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
}
