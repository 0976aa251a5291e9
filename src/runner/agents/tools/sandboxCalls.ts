import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';
import { RunnerError } from '../../model';
import type { ExecResult, Sandbox } from '../../sandbox/sandbox';
import type { ToolResult } from '../tool';

export interface CallOptions {
  readonly signal: AbortSignal;
}

/** Bytes of a file that a tool reads at most. */
const longestFile = 8 * 1024 * 1024;

/** Seconds that a tool's own small commands may take. */
export const quickMs = 20_000;

export function failed(text: string): ToolResult {
  return { ok: false, text };
}

/** A path as an agent names it, as the sandbox takes it: absolute, or relative to the working folder. */
export function pathIn(sandbox: Sandbox, path: string): string {
  return posix.resolve(sandbox.workdir, path);
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

/** A text file as a tool has read it. */
export interface TextFile {
  readonly text: string;
  /** Where it is: links are followed. */
  readonly path: string;
  /** A file that is no UTF-8 is taken byte for byte, so that what is not changed stays as it is. */
  readonly encoding: 'utf8' | 'latin1';
}

/** A text file's content, or why there is none, in words for an agent. */
export async function readText(
  sandbox: Sandbox,
  path: string,
  { signal }: CallOptions,
): Promise<TextFile | { readonly problem: string }> {
  const options = { maxBytes: longestFile, signal };
  let place = pathIn(sandbox, path);
  let bytes: Uint8Array;
  try {
    try {
      bytes = await sandbox.readFile(place, options);
    } catch (error) {
      const target = RunnerError.is(error) ? await linkTarget(sandbox, place, { signal }) : null;
      if (target === null) throw error;
      place = target;
      bytes = await sandbox.readFile(place, options);
    }
  } catch (error) {
    if (RunnerError.is(error, 'not-found') || RunnerError.is(error, 'invalid-config'))
      return { problem: `${path} cannot be read: ${error.message}` };
    throw error;
  }
  if (bytes.includes(0))
    return { problem: `${path} is a binary file of ${String(bytes.length)} bytes.` };
  const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
  return { text: Buffer.from(bytes).toString(encoding), path: place, encoding };
}

/** What a symbolic link leads to, inside the sandbox; null for everything else. */
async function linkTarget(
  sandbox: Sandbox,
  path: string,
  { signal }: CallOptions,
): Promise<string | null> {
  const exec = await sandbox.exec(['readlink', '-en', '--', path], { timeoutMs: quickMs, signal });
  const target = textOf(exec.stdout);
  return exec.exitCode === 0 && target !== path ? target : null;
}

/** Writes a file, or tells an agent why that cannot be done. */
export async function writeText(
  sandbox: Sandbox,
  { path, content }: { readonly path: string; readonly content: string | Uint8Array },
  { signal }: CallOptions,
): Promise<string | null> {
  try {
    await sandbox.writeFile(pathIn(sandbox, path), content, { signal });
    return null;
  } catch (error) {
    const told = ['not-found', 'invalid-config', 'disk-full'] as const;
    if (told.some((code) => RunnerError.is(error, code)) && RunnerError.is(error))
      return `${path} cannot be written: ${error.message}`;
    throw error;
  }
}

/** How a command ended, in words: null when it exited with 0. */
export function endOf(exec: ExecResult, limitMs: number): string | null {
  switch (exec.cause) {
    case 'exited':
      return exec.exitCode === 0 ? null : `exit code ${String(exec.exitCode)}`;
    case 'timeout':
      return `stopped at its limit of ${String(Math.round(limitMs / 1000))} s`;
    case 'oom':
      return 'killed: it used more memory than there is';
    case 'output_limit':
      return 'stopped: it printed far too much';
    case 'signalled':
      return `killed by ${exec.signal ?? 'a signal'}`;
  }
}
