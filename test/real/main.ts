// Real instances end to end, in real Docker: the gold patch must resolve each and doing nothing must not; one is then
// solved by the agent `runner` with scripted answers. What is not at hand is skipped, with the reason.
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from 'markdown-table';
import { nodeHost } from '../../src/nodeHost';
import { specOf } from '../../src/runner/benchmarks/swe/specs/specTable';
import { createRunner } from '../../src/runner/createRunner';
import type { RunConfigInput, Runner } from '../../src/runner/index';
import type { RepositoryTask } from '../../src/runner/model';
import { isRepositoryTask } from '../../src/runner/model';
import { agentCycle } from './agentCycle';
import { completeRepository } from './completeRepository';
import { findRepository } from './localRepositories';
import { rowOf, tableHead } from './table';

const { values } = parseArgs({
  options: {
    repositories: { type: 'string' },
    tasks: { type: 'string', multiple: true, default: [] },
    only: { type: 'string', multiple: true },
    fill: { type: 'string' },
    filter: { type: 'string' },
    repeat: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '2' },
    out: { type: 'string', default: 'test/.cache/real/runs' },
    'no-agent': { type: 'boolean', default: false },
  },
});

interface Parts {
  readonly runner: Runner;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** The rows in a folder of our own: what validating finds is kept beside them. */
async function copyRows(files: readonly string[]): Promise<string[]> {
  const folder = 'test/.cache/real/tasks';
  await mkdir(folder, { recursive: true });
  return Promise.all(
    files.map(async (file) => {
      const copy = path.join(folder, path.basename(file));
      await copyFile(file, copy);
      return copy;
    }),
  );
}

/** What can be run here; what cannot is told. */
async function atHand(
  tasks: readonly RepositoryTask[],
  folder: string,
  say: Parts['say'],
): Promise<{ readonly ids: string[]; readonly mirrors: Record<string, string> }> {
  const mirrors: Record<string, string> = {};
  const ids: string[] = [];
  const skip = (task: RepositoryTask, reason: string): void => {
    say(`SKIPPED: ${task.taskId}: ${reason}`);
  };
  for (const repository of new Set(tasks.map(({ group }) => group))) {
    const all = tasks.filter(({ group }) => group === repository);
    for (const task of all) if (specOf(task) === null) skip(task, `no spec of ${repository}`);
    const own = all.filter((task) => specOf(task) !== null);
    const found = await findRepository(folder, repository);
    const whole = found === null ? null : await complete(found, own);
    const reason =
      whole === null
        ? `${repository} is not in ${folder}`
        : 'lacks' in whole
          ? `the repository lacks ${whole.lacks.join(', ')}; a release of the project may have it (--fill)`
          : null;
    for (const task of own) {
      if (reason === null) ids.push(task.taskId);
      else skip(task, reason);
      if (whole !== null && 'place' in whole) mirrors[task.repo] = whole.place;
    }
  }
  return { ids, mirrors };
}

function complete(
  repository: string,
  tasks: readonly RepositoryTask[],
): ReturnType<typeof completeRepository> {
  return completeRepository(repository, {
    commits: tasks.map(({ ref }) => ref),
    fill: values.fill ?? null,
    copy: path.resolve(
      'test/.cache/real/repositories',
      `${(tasks[0]?.group ?? '').replaceAll('/', '__')}.git`,
    ),
  });
}

async function validateAll(
  config: RunConfigInput,
  tasks: readonly RepositoryTask[],
  { runner, signal, say }: Parts,
): Promise<boolean> {
  const repeat = Number(values.repeat);
  const observer = { onProgress: say };
  const { runDir, tasks: found } = await runner.validateTasks(config, { signal, observer, repeat });
  const rows: string[][] = [];
  for (const validation of found) {
    const task = tasks.find(({ taskId }) => taskId === validation.task_id);
    if (task !== undefined) rows.push(await rowOf(task, { validation, runDir, runner, signal }));
  }
  say(`\n${markdownTable([[...tableHead], ...rows])}\n`);
  const good = found.filter(({ state }) => state === 'good').length;
  say(`${good} of ${tasks.length} instances are good; the run is kept in ${runDir}`);
  return good === found.length;
}

async function main(parts: Parts): Promise<boolean> {
  const { runner, signal, say } = parts;
  if (values.tasks.length === 0 || values.repositories === undefined) {
    say('SKIPPED: name a file of SWE-bench rows and a folder with clones of their repositories:');
    say('  npm run test:real -- --tasks FILE --repositories DIR');
    return true;
  }
  const asked: RunConfigInput = {
    tasks: await copyRows(values.tasks),
    ...(values.filter === undefined ? {} : { filter: values.filter }),
    ...(values.only === undefined ? {} : { task_ids: values.only }),
    environments: 'spec',
    sandbox: 'docker',
    concurrency: Number(values.concurrency),
    out: values.out,
  };
  const { tasks, problems } = await runner.selectTasks(asked, { signal });
  for (const { file, line, message } of problems) say(`SKIPPED: ${file}:${line}: ${message}`);
  const repositoryTasks = tasks.filter(isRepositoryTask);
  const { ids, mirrors } = await atHand(repositoryTasks, path.resolve(values.repositories), say);
  if (ids.length === 0) {
    say('SKIPPED: none of the instances can be run here');
    return true;
  }
  say(`Validating ${ids.length} instances.`);
  const config = { ...asked, task_ids: ids, repository_mirrors: mirrors };
  const valid = await validateAll(config, repositoryTasks, parts);
  return (values['no-agent'] || (await agentCycle(config, parts))) && valid;
}

const stop = new AbortController();
process.once('SIGINT', () => {
  stop.abort();
});
// Mirrors of these copies are not for other runs.
const runner = createRunner(nodeHost({ cacheDir: path.resolve('test/.cache/real/cache') }));
main({
  runner,
  signal: stop.signal,
  say: (line) => {
    console.log(line);
  },
}).then(
  (ok) => {
    process.exitCode = ok ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 3;
  },
);
