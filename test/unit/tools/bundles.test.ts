import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

/** What is started by hand only: nothing else would show that it cannot be bundled any more. */
test.each([
  { program: 'test/bench/run.mjs', args: ['--help'], says: 'Usage: npm run bench --' },
  { program: 'test/soak/run.mjs', args: ['--help'], says: 'Usage: npm run soak --' },
  { program: 'test/real/run.mjs', args: [], says: 'SKIPPED: name a file of SWE-bench rows' },
])(
  '$program is bundled and starts',
  async ({ program, args, says }) => {
    const { stdout } = await run(process.execPath, [program, ...args]);
    expect(stdout).toContain(says);
  },
  60_000,
);
