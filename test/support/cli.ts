import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import * as z from 'zod';
import type { SandboxName } from './sandboxes';

/** Where the built program is. */
export const program = path.resolve(
  process.env['BENCHYARD_TEST_CLI'] ?? path.join(import.meta.dirname, '../../dist/cli.js'),
);
if (!existsSync(program)) throw new Error(`${program} is missing: build first (npm run build)`);

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** As whom the program runs. */
  readonly uid?: number;
  /** Another place of the program. */
  readonly program?: string;
  /** What runs Node.js with the program: a command that becomes it. */
  readonly by?: readonly string[];
}

export interface CliEnd {
  /** null: ended by a signal. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as a process of its own, as a shell starts it. */
export class CliProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<CliEnd>;
  stderr = '';

  constructor(args: readonly string[], { cwd, env, uid, ...options }: CliOptions) {
    const [command = '', ...rest] = [
      ...(options.by ?? []),
      process.execPath,
      options.program ?? program,
      ...args,
    ];
    this.child = spawn(command, rest, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    let stdout = '';
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (status) => {
        resolve({ status, stdout, stderr: this.stderr });
      });
    });
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the program was not started');
    return this.child.pid;
  }

  /** Waits until stderr says so. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.stderr);
      if (found !== null) return found;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the program ended without saying ${String(pattern)}:\n${this.stderr}`);
      }
      await delay(10);
    }
  }

  /** The run folder, as soon as it is there. */
  async runFolder(): Promise<string> {
    return (await this.says(/^run folder: (.+)$/m))[1] ?? '';
  }
}

export async function cli(args: readonly string[], options: CliOptions): Promise<CliEnd> {
  return await new CliProcess(args, options).ended;
}

/** Runs with `--json` and reads the document, after making sure that nothing else is on stdout. */
export async function cliJson(
  args: readonly string[],
  options: CliOptions & { readonly status?: number },
): Promise<unknown> {
  const { status, stdout, stderr } = await cli([...args, '--json'], options);
  expect(status, stderr).toBe(options.status ?? 0);
  return JSON.parse(stdout) as unknown;
}

/** Polls until the condition holds; the test's own limit ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}

/** Containers of a process, living or dead, by their owner's label. */
export async function containersOf(pid: number): Promise<readonly string[]> {
  const format = '{{.Names}} {{.Label "benchyard.owner"}}';
  const args = ['ps', '-a', '--filter', 'label=benchyard=1', '--format', format];
  const { stdout } = await promisify(execFile)('docker', args);
  return stdout.split('\n').filter((line) => line.includes(`/${pid}/`));
}

/** What `clean` would remove of dead processes in bubblewrap sandboxes: only those of this cache folder. */
export async function abandonedFolders(options: CliOptions): Promise<readonly unknown[]> {
  const listed = await cliJson(['clean', '--containers', '--dry-run'], options);
  return z
    .object({ items: z.array(z.object({ kind: z.string(), id: z.string() })) })
    .parse(listed)
    .items.filter(({ kind }) => kind === 'folder');
}

/** Sandboxes that a process which has ended left behind. */
export async function leftBehind(
  sandbox: SandboxName,
  pid: number,
  options: CliOptions,
): Promise<readonly unknown[]> {
  return sandbox === 'docker' ? await containersOf(pid) : await abandonedFolders(options);
}
