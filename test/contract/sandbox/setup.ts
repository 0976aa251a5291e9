import { createHash } from 'node:crypto';
import type { Host } from '../../../src/runner/index';
import type {
  ExecOptions,
  ExecResult,
  ResolvedImage,
  Sandbox,
  SandboxLimits,
  SandboxProvider,
  SandboxSpec,
} from '../../../src/runner/sandbox/sandbox';
import { never } from '../../support/temp';

/** What a provider's test file tells the contract about it. */
export interface ContractSubject {
  readonly name: string;
  make(host: Host): Promise<SandboxProvider>;
  /** Kills a sandbox behind the provider's back, as a crash of the engine would. */
  killFromOutside(sandbox: Sandbox): Promise<void>;
}

export const mib = 1024 ** 2;

export const limits: SandboxLimits = {
  memoryBytes: 256 * mib,
  cpus: 2,
  pids: 128,
  diskBytes: 64 * mib,
};

export interface World {
  readonly host: Host;
  readonly provider: SandboxProvider;
  readonly image: ResolvedImage;
  /** A sandbox like the others; a trial unless told otherwise. */
  open(spec?: Partial<SandboxSpec>, signal?: AbortSignal): Promise<Sandbox>;
}

export function worldOf(host: Host, provider: SandboxProvider, image: ResolvedImage): World {
  return {
    host,
    provider,
    image,
    open: (spec = {}, signal = never) =>
      provider.create(
        {
          image,
          snapshot: null,
          profile: 'trial',
          network: false,
          workdir: '/workspace/project',
          limits,
          env: { FROM_SPEC: 'spec' },
          labels: { run: 'contract', trial: 'contract' },
          ...spec,
        },
        { signal },
      ),
  };
}

/** A result with its output as text, which most checks look at. */
export interface Said extends ExecResult {
  readonly out: string;
  readonly err: string;
}

export async function run(
  box: Sandbox,
  argv: readonly string[],
  options: Partial<ExecOptions> = {},
): Promise<Said> {
  const result = await box.exec(argv, { timeoutMs: 30_000, signal: never, ...options });
  return { ...result, out: text(result.stdout), err: text(result.stderr) };
}

export function sh(
  box: Sandbox,
  script: string,
  options: Partial<ExecOptions> = {},
): Promise<Said> {
  return run(box, ['sh', '-c', script], options);
}

export function python(
  box: Sandbox,
  program: string,
  options: Partial<ExecOptions> = {},
): Promise<Said> {
  return run(box, ['python3', '-c', program], options);
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Those of the processes named in a file (one pid a line) that live. */
export async function living(box: Sandbox, pidFile: string): Promise<readonly string[]> {
  const { out } = await sh(
    box,
    `for pid in $(cat ${pidFile}); do kill -0 $pid 2>/dev/null && echo $pid; done; true`,
  );
  return out.split('\n').filter((line) => line !== '');
}

/** Waits until a command in the sandbox succeeds. */
export async function eventually(box: Sandbox, condition: string): Promise<void> {
  const script = `until ${condition}; do sleep 0.02; done`;
  const result = await sh(box, script, { timeoutMs: 20_000 });
  if (result.exitCode !== 0) throw new Error(`never came true: ${condition}`);
}
