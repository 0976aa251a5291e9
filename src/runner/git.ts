import { kill } from 'node:process';
import type { Host } from './host';
import { RunnerError } from './model';
import { ExecaError, startProgram } from './program';

/** What git said when it could not do what was asked; a value of the clone stage, not an error of the machine. */
export class GitFailure extends Error {
  readonly exitCode: number | null;
  constructor(message: string, exitCode: number | null) {
    super(message);
    this.name = 'GitFailure';
    this.exitCode = exitCode;
  }
}

export interface GitOptions {
  readonly signal: AbortSignal;
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with what git says while it works. */
  readonly onOutput?: (text: string) => void;
}

// The host's git handles repositories that nobody vouches for: no hooks, no helper programs named by the repository, no
// prompts, no transport that runs commands. `safe.directory` is needed to read a mirror that another user owns.
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'protocol.ext.allow=never',
  'protocol.fd.allow=never',
  'safe.directory=*',
  'gc.auto=0',
  'advice.detachedHead=false',
].flatMap((setting) => ['-c', setting]);

/**
 * Runs the host's git. The user's own configuration applies (credentials helpers, proxies, certificates), but nothing
 * asks: a repository that needs a password fails at once.
 *
 * @returns stdout, byte for byte
 * @throws GitFailure when git exits with another status than 0; `git-missing` when there is no git; `signal.reason`
 */
export async function git(
  host: Host,
  args: readonly string[],
  options: GitOptions,
): Promise<Uint8Array> {
  options.signal.throwIfAborted();
  try {
    const { running } = await startProgram('git', [...settings, ...args], {
      env: { ...host.env, ...quiet(host), ...options.env },
      extendEnv: false,
      encoding: 'buffer',
      cancelSignal: options.signal,
      forceKillAfterDelay: 500,
      maxBuffer: 2 ** 30,
      stripFinalNewline: false,
      // Without a group of its own, `git-remote-https` outlives the git that is killed.
      detached: true,
      cleanup: true,
      ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    });
    const killGroup = (): void => {
      killProcessGroup(running.pid);
    };
    options.signal.addEventListener('abort', killGroup, { once: true });
    if (options.onOutput !== undefined) {
      const { onOutput } = options;
      running.stderr.on('data', (chunk: Buffer) => {
        onOutput(chunk.toString('utf8'));
      });
    }
    try {
      return (await running).stdout;
    } finally {
      options.signal.removeEventListener('abort', killGroup);
    }
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === 'ENOENT') {
      throw new RunnerError(
        'git-missing',
        'git was not found. Install it (Debian: apt-get install git).',
        {
          cause: error,
        },
      );
    }
    throw new GitFailure(explain(decode(error.stderr)), error.exitCode ?? null);
  }
}

/** As `git`, with stdout as text, trimmed unless `keepSpace` is set. */
export async function gitText(
  host: Host,
  args: readonly string[],
  options: GitOptions & { readonly keepSpace?: boolean },
): Promise<string> {
  const text = decode(await git(host, args, options));
  return options.keepSpace === true ? text : text.trim();
}

function killProcessGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}

function quiet(host: Host): Record<string, string> {
  return {
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'true',
    SSH_ASKPASS: 'true',
    GIT_SSH_COMMAND: host.env['GIT_SSH_COMMAND'] ?? 'ssh -oBatchMode=yes',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    GIT_OPTIONAL_LOCKS: '0',
    LC_ALL: 'C',
  };
}

function decode(bytes: unknown): string {
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('utf8') : '';
}

/** git's own words, with what to do for the failures that people meet most. */
function explain(stderr: string): string {
  const said =
    stderr
      .split('\n')
      .filter((line) => /^(fatal|error|remote|ssh):/.test(line) || line.includes('denied'))
      .join('; ')
      .replace(/:\/\/[^/@\s]+@/g, '://***@') || stderr.trim().split('\n').slice(-3).join('; ');
  if (
    /could not read (Username|Password)|Authentication failed|Permission denied \(publickey/.test(
      stderr,
    )
  ) {
    return `${said}. The repository needs credentials: set up a git credential helper or an SSH key for it.`;
  }
  if (stderr.includes('Could not resolve host'))
    return `${said}. Check the address and the network.`;
  return said === '' ? 'git failed without saying why' : said;
}
