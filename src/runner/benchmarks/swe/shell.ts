export { shellArgv } from '../../sandbox/shellArgv';

/** The last lines of a test output, as result.json's `tail` promises: at most 20 lines and 4 KiB. */
export function tailOf(output: string): string {
  const lines = output.trimEnd().split('\n').slice(-20).join('\n');
  const bytes = Buffer.from(lines);
  if (bytes.length <= 4096) return lines;
  // A cut inside a character would decode to a replacement character at the start.
  return bytes
    .subarray(bytes.length - 4096)
    .toString('utf8')
    .replace(/^\uFFFD+/, '');
}
