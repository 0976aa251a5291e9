import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { test } from 'vitest';
import { createDockerProvider } from '../../../src/runner/sandbox/docker';
import { temporaryFolder, testHost } from '../../support/temp';
import { sandboxContract } from './contract';
import { dockerEngineChecks } from './dockerEngine';

const execute = promisify(execFile);

/** Why Docker cannot be used here; null when it can. */
async function unusable(): Promise<string | null> {
  await using folder = await temporaryFolder();
  try {
    const provider = await createDockerProvider(testHost(folder.path));
    await provider[Symbol.asyncDispose]();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const reason = await unusable();
if (reason === null) {
  sandboxContract({
    name: 'docker',
    make: (host) => createDockerProvider(host),
    killFromOutside: async ({ id }) => {
      await execute('docker', ['kill', id]);
    },
  });
  dockerEngineChecks();
} else if (process.env['BENCHYARD_REQUIRE_DOCKER'] === '1') {
  test('Docker is required here', () => {
    throw new Error(reason);
  });
} else {
  console.warn(`\n*** The sandbox contract was NOT checked on Docker: ${reason}\n`);
  test.skip(`sandbox contract: docker (${reason})`, () => undefined);
}
