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
