import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { techniqueFolder } from '../benchmarks/mle/layout';
import { bringPrograms, programArgv, programOutcome } from '../benchmarks/mle/programs';
import { takeOut } from '../benchmarks/mle/takeOut';
import type { CompetitionOptions, TechniqueQuery } from '../facade/competitions';
import type { Host } from '../host';
import type { TechniqueResult } from '../model';
import { RunnerError, techniquePreparationSchema, techniqueResultSchema } from '../model';
import { learningSandboxes } from './learningSandbox';

const tableFile = '/mnt/table.csv';
const outFolder = '/var/tmp/technique';
const answersFolder = '/mnt/answers';
const sides = ['public', 'private'] as const;

/** Makes a technique task's data below a folder, whole or not at all. */
export async function prepareTechnique(
  query: TechniqueQuery,
  host: Host,
  options: CompetitionOptions,
): Promise<{ readonly applicable: boolean; readonly reason: string | null }> {
  const { signal } = options;
  const out = path.resolve(host.cwd, query.out);
  for (const side of sides) await assertAbsent(path.join(out, side));
  const table = query.data === null ? null : await existing(path.resolve(host.cwd, query.data));
  await using sandboxes = learningSandboxes(host, options);
  await using builder = await sandboxes.open({
    profile: 'builder',
    mounts: table === null ? [] : [{ source: table, target: tableFile }],
    purpose: `technique ${query.task}`,
  });
  await bringPrograms(builder.sandbox, null, { signal });
  const argv = programArgv(
    'technique.py',
    ...['prepare', '--task', query.task, '--seed', String(query.seed), '--out', outFolder],
    ...(table === null ? [] : ['--data', tableFile]),
    ...(query.target === undefined ? [] : ['--target', query.target]),
  );
  const outcome = programOutcome(await builder.exec(argv), techniquePreparationSchema);
  if (!outcome.ok) throw new RunnerError('invalid-config', outcome.detail);
  const { applicable, reason } = outcome.value;
  if (!applicable) return { applicable, reason };
  const temporary = path.join(out, `.technique-${String(host.pid)}`);
  try {
    const place = { from: outFolder, folders: sides, to: temporary };
    await takeOut(builder.sandbox, place, { signal });
    await mkdir(out, { recursive: true });
    for (const side of sides) await rename(path.join(temporary, side), path.join(out, side));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return { applicable, reason };
}

/** Grades what an agent left for a technique task. */
export async function gradeTechnique(
  { dir, answers }: { readonly dir: string; readonly answers: string },
  host: Host,
  options: CompetitionOptions,
): Promise<TechniqueResult> {
  const data = await existing(path.resolve(host.cwd, dir));
  for (const side of sides) await existing(path.join(data, side));
  const given = await existing(path.resolve(host.cwd, answers));
  await using sandboxes = learningSandboxes(host, options);
  await using grader = await sandboxes.open({
    profile: 'builder',
    mounts: [
      { source: data, target: techniqueFolder },
      { source: given, target: answersFolder },
    ],
    purpose: 'grade a technique task',
  });
  await bringPrograms(grader.sandbox, null, { signal: options.signal });
  const argv = programArgv(
    'technique.py',
    ...['grade', '--dir', techniqueFolder, '--answers', answersFolder],
  );
  const outcome = programOutcome(await grader.exec(argv), techniqueResultSchema);
  if (outcome.ok) return outcome.value;
  throw new RunnerError('checker-failed', `The grader failed: ${outcome.detail}`);
}

/** @throws `not-found` */
async function existing(place: string): Promise<string> {
  if ((await stat(place).catch(() => null)) !== null) return place;
  throw new RunnerError('not-found', `There is no ${place}.`);
}

async function assertAbsent(place: string): Promise<void> {
  if ((await stat(place).catch(() => null)) === null) return;
  throw new RunnerError(
    'invalid-config',
    `${place} is there already; name another folder (--out).`,
  );
}
