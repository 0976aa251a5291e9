import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const fakeTime = `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`;

/** What is changed of a process's world by libraries that are loaded before its own. */
export interface Preloads {
  /** What its clock is ahead by, in libfaketime's words ('+3h'). undefined: Debian's package libfaketime is not there. */
  readonly setClock?: (ahead: string) => Promise<void>;
  /** How much longer everything takes that it does to files. undefined: there is no C compiler. */
  readonly slowFiles?: (ms: number) => Promise<void>;
  readonly env: Readonly<Record<string, string>>;
}

/** Why neither can be had on this machine; null: both can. */
export function preloadsProblem(): string | null {
  if (!existsSync(fakeTime)) return "Debian's package libfaketime is not there";
  return spawnSync('cc', ['--version']).error === undefined ? null : 'there is no C compiler (cc)';
}

/** @returns a library that slows down files. null: there is no C compiler */
export async function buildSlowFiles(folder: string): Promise<string | null> {
  const library = path.join(folder, 'slowFiles.so');
  const source = path.resolve('test/support/slowFiles.c');
  try {
    await run('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
    return library;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Libraries for one process, and what steers them, which is kept in files that begin with `prefix`.
 *
 * @param slowLibrary of `buildSlowFiles`
 */
export async function preloads(prefix: string, slowLibrary: string | null): Promise<Preloads> {
  const hasClock = existsSync(fakeTime);
  const clockFile = `${prefix}.clock`;
  const slowFile = `${prefix}.slow`;
  const setClock = (ahead: string): Promise<void> => writeFile(clockFile, ahead);
  const slowFiles = (ms: number): Promise<void> => writeFile(slowFile, String(ms));
  await setClock('+0s');
  await slowFiles(0);
  const libraries = [hasClock ? fakeTime : null, slowLibrary].filter((one) => one !== null);
  return {
    ...(hasClock ? { setClock } : {}),
    ...(slowLibrary === null ? {} : { slowFiles }),
    env: {
      LD_PRELOAD: libraries.join(':'),
      FAKETIME_TIMESTAMP_FILE: clockFile,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      SLOW_FILES: slowFile,
    },
  };
}
