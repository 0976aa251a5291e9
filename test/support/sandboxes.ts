import { describe } from 'vitest';
import { nodeHost } from '../../src/nodeHost';
import type { Host } from '../../src/runner/index';
import type { EnvironmentSource } from '../../src/runner/model';
import { RunnerError } from '../../src/runner/model';
import { learningImage } from '../../src/runner/sandbox/builtInImages';
import { chooseProvider } from '../../src/runner/sandbox/providers';

export { testCache } from './temp';

export type SandboxName = 'docker' | 'bubblewrap';

async function works(name: SandboxName): Promise<boolean> {
  try {
    const options = { signal: AbortSignal.timeout(30_000), onProgress: () => undefined };
    await using provider = await chooseProvider(name, nodeHost(), options);
    return provider.name === name;
  } catch (error) {
    const required = name === 'docker' && process.env['BENCHYARD_REQUIRE_DOCKER'] === '1';
    // Only a sandbox that this machine does not have may be missing; one that breaks is a failure.
    if (required || !RunnerError.is(error)) throw error;
    console.warn(
      `tests on ${name} are SKIPPED: ${error instanceof Error ? error.message : String(error)}`,
    );
    return false;
  }
}

/** What machine-learning tasks run in. */
export const learning: EnvironmentSource = { kind: 'image', image: learningImage.name };

/** The sandboxes that this machine has. With BENCHYARD_REQUIRE_DOCKER=1 a machine without Docker is an error. */
export const sandboxes: readonly SandboxName[] = [
  ...((await works('docker')) ? (['docker'] as const) : []),
  ...((await works('bubblewrap')) ? (['bubblewrap'] as const) : []),
];

/** The same tests on every sandbox that this machine has. */
export function describeOnEverySandbox(title: string, body: (sandbox: SandboxName) => void): void {
  if (sandboxes.length === 0)
    describe.skip(`${title} (no sandbox on this machine)`, () => undefined);
  for (const sandbox of sandboxes)
    describe(`${title} (${sandbox})`, () => {
      body(sandbox);
    });
}

/** The tests on one sandbox, where this machine has it. */
export function describeOn(sandbox: SandboxName, title: string, body: () => void): void {
  describe.skipIf(!sandboxes.includes(sandbox))(`${title} (${sandbox})`, body);
}

/** Builds or pulls an environment, the default one or another, where it is not there yet, which may take minutes. */
export async function warmUp(
  name: SandboxName,
  host: Host,
  source: EnvironmentSource | null = null,
): Promise<void> {
  const options = { signal: AbortSignal.timeout(280_000), onProgress: () => undefined };
  await using provider = await chooseProvider(name, host, options);
  await provider.resolveImage(source, options);
}
