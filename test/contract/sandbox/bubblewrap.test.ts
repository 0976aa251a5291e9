import { test } from 'vitest';
import { nodeHost } from '../../../src/nodeHost';
import type { Host } from '../../../src/runner/index';
import { createBubblewrapProvider } from '../../../src/runner/sandbox/bubblewrap';
import type { Sandbox } from '../../../src/runner/sandbox/sandbox';
import { never } from '../../support/temp';
import { sandboxContract } from './contract';

/** The offline root takes a minute to build, so it stays in this user's cache from one test run to the next. */
function withUsersCache(host: Host): Host {
  return { ...host, cacheDir: nodeHost().cacheDir };
}

/** The sandbox's first process, as the host numbers it. */
function firstProcess(sandbox: Sandbox): number {
  const command = sandbox.shellCommand() ?? [];
  return Number(command[command.lastIndexOf('--target') + 1]);
}

async function unusable(): Promise<string | null> {
  try {
    const provider = await createBubblewrapProvider(nodeHost(), { signal: never });
    await provider[Symbol.asyncDispose]();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const reason = await unusable();
if (reason === null) {
  sandboxContract({
    name: 'bubblewrap',
    make: (host) => createBubblewrapProvider(withUsersCache(host), { signal: never }),
    killFromOutside: (sandbox) => {
      process.kill(firstProcess(sandbox), 'SIGKILL');
      return Promise.resolve();
    },
  });
} else if (process.env['BENCHYARD_REQUIRE_BUBBLEWRAP'] === '1') {
  test('bubblewrap is required here', () => {
    throw new Error(reason);
  });
} else {
  console.warn(`\n*** The sandbox contract was NOT checked on bubblewrap: ${reason}\n`);
  test.skip(`sandbox contract: bubblewrap (${reason})`, () => undefined);
}
