import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import * as z from 'zod';
import { RunnerError } from '../runner/model';
import type { ServerFile } from '../sdk/serverFile';

const serverFileSchema = z.object({ url: z.string(), token: z.string().nullable(), pid: z.int() });

const fewestCharacters = 16;

/** A token of this start, unless the environment holds one for clients that cannot read the file. */
export function makeToken(given: string | undefined): string {
  if (given === undefined || given === '') return randomBytes(32).toString('base64url');
  if (given.length >= fewestCharacters) return given;
  throw new RunnerError(
    'invalid-config',
    `BENCHYARD_TOKEN is too short: a token has ${String(fewestCharacters)} characters at least.`,
  );
}

/** Tells clients of the same user where the server is. Nobody else can read it. */
export async function writeServerFile(file: string, content: ServerFile): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFileAtomic(file, `${JSON.stringify(content)}\n`, { mode: 0o600 });
}

/** Removes the file, unless another server has told of itself since. */
export async function removeServerFile(file: string, pid: number): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => '{}');
  let told: ServerFile | undefined;
  try {
    told = serverFileSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return; // not ours
  }
  if (told?.pid === pid) await rm(file, { force: true });
}
