import type { Host } from '../host';
import type { SandboxChoice } from '../model';
import { createDockerProvider } from './docker';
import type { Check, ProgressOptions, SandboxCallOptions, SandboxProvider } from './sandbox';

export async function chooseProvider(
  _choice: SandboxChoice,
  host: Host,
  { signal }: ProgressOptions,
): Promise<SandboxProvider> {
  return await createDockerProvider(host, { signal });
}

export async function everyProvider(
  host: Host,
  { signal }: SandboxCallOptions,
): Promise<readonly SandboxProvider[]> {
  return [await createDockerProvider(host, { signal })];
}

export async function doctorChecks(
  host: Host,
  { signal }: SandboxCallOptions,
): Promise<readonly Check[]> {
  await using provider = await createDockerProvider(host, { signal });
  return await provider.check({ signal });
}
