import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import * as z from 'zod';
import { RunnerError } from '../../model';
import type { ExecResult, Sandbox } from '../../sandbox/sandbox';
import { writeWhole } from '../../store/files';
import type { Competition } from './competitionRegistry';
import { mlePrograms } from './sandboxed';

/** Where our programs are in a sandbox, and the competition's own below them. */
const programFolder = '/tmp/benchyard-mle';
export const competitionFolder = `${programFolder}/competition`;

/** Programs of a competition are read whole: larger ones are data, which has its own place. */
const mostProgramBytes = 1024 ** 2;

/** Copies our programs, and those of a competition with its configuration, into a sandbox. */
export async function bringPrograms(
  sandbox: Sandbox,
  competition: Pick<Competition, 'config' | 'folder'> | null,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const archive = pack();
  for (const [name, text] of Object.entries(mlePrograms)) archive.entry({ name }, text);
  if (competition !== null) {
    const { config, folder } = competition;
    archive.entry({ name: 'competition/config.json' }, JSON.stringify(config));
    for (const [name, bytes] of await programsOf(folder))
      archive.entry({ name: `competition/${name}` }, bytes);
  }
  archive.finalize();
  await sandbox.copyIn(programFolder, await buffer(archive), { signal });
}

async function programsOf(folder: string): Promise<readonly (readonly [string, Buffer])[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.py'))
    .map(({ name }) => name)
    .sort();
  return await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(path.join(folder, name));
      if (bytes.length <= mostProgramBytes) return [name, bytes] as const;
      throw new RunnerError('invalid-config', `${path.join(folder, name)} is too large.`);
    }),
  );
}

/** Copies a competition's own programs to another folder. */
export async function keepPrograms(folder: string, to: string): Promise<void> {
  for (const [name, bytes] of await programsOf(folder))
    await writeWhole(path.join(to, name), bytes);
}

/** The command of one of our programs. */
export function programArgv(program: string, ...args: readonly string[]): readonly string[] {
  return ['python3', '-B', `${programFolder}/${program}`, ...args];
}

const jsonSchema = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'expected JSON' });
    return z.NEVER;
  }
});

/** What came of one of our programs: what it printed last, or why it failed, in one text for people. */
export type ProgramOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly cause: 'timeout' | 'oom' | 'crash' | 'output_limit' | 'failed';
      readonly exitCode: number | null;
      readonly detail: string;
    };

/** Reads the answer of one of our programs: JSON on its last line. */
export function programOutcome<T extends z.ZodType>(
  exec: ExecResult,
  schema: T,
): ProgramOutcome<z.output<T>> {
  const { exitCode } = exec;
  if (exec.cause !== 'exited' || exitCode !== 0) {
    const cause =
      exec.cause === 'exited' ? 'failed' : exec.cause === 'signalled' ? 'crash' : exec.cause;
    return { ok: false, cause, exitCode, detail: failureOf(exec) };
  }
  const last = Buffer.from(exec.stdout).toString('utf8').trimEnd().split('\n').at(-1) ?? '';
  const parsed = jsonSchema.pipe(schema).safeParse(last);
  if (parsed.success) return { ok: true, value: parsed.data };
  const detail = `its answer cannot be read: ${z.prettifyError(parsed.error)}`;
  return { ok: false, cause: 'failed', exitCode, detail };
}

/** The end of what it said of its failure. */
function failureOf({ cause, stderr, exitCode }: ExecResult): string {
  const said = Buffer.from(stderr).toString('utf8').trim().split('\n').slice(-3).join('\n');
  const end = cause === 'exited' ? `exit code ${String(exitCode)}` : cause;
  return said === '' ? end : `${said} (${end})`;
}
