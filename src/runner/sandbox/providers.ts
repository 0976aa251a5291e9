import type { Host } from '../host';
import type { SandboxChoice } from '../model';
import { RunnerError } from '../model';
import type {
  ImageSettings,
  ProgressOptions,
  SandboxCallOptions,
  SandboxProvider,
} from './sandbox';

export { doctorChecks } from './doctor';

type ProviderName = SandboxProvider['name'];

interface MakeOptions extends SandboxCallOptions {
  readonly images?: ImageSettings;
}

/** The engine's client is loaded by whoever needs an engine. */
async function make(
  name: ProviderName,
  host: Host,
  { signal, images }: MakeOptions,
): Promise<SandboxProvider> {
  switch (name) {
    case 'docker': {
      const { createDockerProvider } = await import('./docker');
      return createDockerProvider(host, { signal, ...(images === undefined ? {} : { images }) });
    }
    case 'bubblewrap': {
      const { createBubblewrapProvider } = await import('./bubblewrap');
      return createBubblewrapProvider(host, { signal });
    }
  }
}

/** Expected: this machine does not have it. Anything else is a bug and passes through. */
function isAbsence(error: unknown): error is RunnerError {
  return (
    RunnerError.is(error, 'docker-unavailable') ||
    RunnerError.is(error, 'docker-denied') ||
    RunnerError.is(error, 'no-sandbox')
  );
}

/**
 * The provider that was asked for; `auto` takes Docker, then bubblewrap, and says which and why.
 *
 * @throws `no-sandbox` with every reason and fix when there is none; for a provider asked for by name, its own reason
 */
export async function chooseProvider(
  choice: SandboxChoice,
  host: Host,
  { signal, onProgress, images }: ProgressOptions & MakeOptions,
): Promise<SandboxProvider> {
  const options = { signal, ...(images === undefined ? {} : { images }) };
  if (choice !== 'auto') return make(choice, host, options);
  const reasons: string[] = [];
  try {
    const provider = await make('docker', host, options);
    onProgress('Tasks run in Docker containers.');
    return provider;
  } catch (error) {
    signal.throwIfAborted();
    if (!isAbsence(error)) throw error;
    reasons.push(`Docker: ${error.message}`);
  }
  try {
    const provider = await make('bubblewrap', host, options);
    onProgress(`Tasks run in bubblewrap sandboxes. ${reasons.join(' ')}`);
    return provider;
  } catch (error) {
    signal.throwIfAborted();
    if (!isAbsence(error)) throw error;
    reasons.push(`bubblewrap: ${error.message}`);
  }
  throw new RunnerError(
    'no-sandbox',
    `Tasks never run outside a sandbox, and this machine has none.\n${reasons.join('\n')}`,
  );
}

/** Every provider that can be used on this machine, for what looks after all of them (cleaning up). */
export async function everyProvider(
  host: Host,
  { signal }: SandboxCallOptions,
): Promise<readonly SandboxProvider[]> {
  const found: SandboxProvider[] = [];
  for (const name of ['docker', 'bubblewrap'] as const) {
    try {
      found.push(await make(name, host, { signal }));
    } catch (error) {
      signal.throwIfAborted();
      if (!isAbsence(error)) throw error;
      host.log('debug', `${name}: ${error.message}`);
    }
  }
  return found;
}
