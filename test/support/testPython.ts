import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A Python that tests need, with packages that it has to have. */
export interface WantedPython {
  /** Of the environment's folder in the user's cache. */
  readonly name: string;
  /** The variable that may name one. */
  readonly variable: string;
  readonly packages: readonly string[];
  /** A program that only the right one can run. */
  readonly probe: string;
}

const found = new Map<string, Promise<string | null>>();

/**
 * The Python that a variable names, else `python3` if it will do, else an environment that is made once in the user's
 * cache. null, said loudly, where there is none.
 */
export function testPython(wanted: WantedPython): Promise<string | null> {
  const known = found.get(wanted.name) ?? findPython(wanted);
  found.set(wanted.name, known);
  return known;
}

async function findPython({
  name,
  variable,
  packages,
  probe,
}: WantedPython): Promise<string | null> {
  const named = process.env[variable];
  if (named !== undefined) {
    if (await works(named, probe)) return named;
    throw new Error(`${variable} (${named}) cannot "${probe}"`);
  }
  if (await works('python3', probe)) return 'python3';
  const folder = path.join(cacheFolder(), 'benchyard-test', name);
  const python = path.join(folder, 'bin', 'python');
  if (await works(python, probe)) return python;
  try {
    await makeEnvironment(folder, packages);
  } catch (error) {
    console.warn(String(error));
  }
  if (await works(python, probe)) return python;
  console.warn(`SKIPPED: no Python that can "${probe}" is at hand; name one in ${variable}`);
  return null;
}

/** Whole or not at all: other test files may look for it at the same moment. */
async function makeEnvironment(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true });
  const made = await mkdtemp(`${folder}-`);
  try {
    await run('python3', ['-m', 'venv', made]);
    await run(path.join(made, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', ...packages]);
    await rename(made, folder);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

async function works(python: string, probe: string): Promise<boolean> {
  try {
    await run(python, ['-c', probe]);
    return true;
  } catch {
    return false;
  }
}

function cacheFolder(): string {
  return process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
}
