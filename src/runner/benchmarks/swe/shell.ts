/**
 * The argv that runs a command line as people write them: in bash where the image has it, else in sh. Further arguments
 * are the script's `$1`, `$2`, ….
 */
export function shellArgv(script: string, ...args: readonly string[]): readonly string[] {
  return [
    '/bin/sh',
    '-c',
    'if command -v bash >/dev/null 2>&1; then exec bash -c "$@"; fi; exec sh -c "$@"',
    'sh',
    script,
    'sh',
    ...args,
  ];
}

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
